using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// LAION-CLAP's text tower: RoBERTa's embeddings, post-LN blocks, a pooler over the start token, and the projection into the space
/// of sounds. Rows are of one length and nothing is masked: a text's vector is the same without padding as with padding that is
/// masked, so callers put texts of equal length together. Holds no state but weights: concurrent callers each bring their own buffers.
/// </summary>
public sealed class RobertaTower
{
    /// <param name="parameters">Of <see cref="RobertaShape.Layout"/>.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentException">The sizes make no sense or are not the parameters'.</exception>
    public RobertaTower(ParameterSet parameters, RobertaShape shape)
    {
        shape.Check();
        (Parameters, Shape) = (parameters, shape);
        int width = shape.Width, embedding = shape.Embedding;
        TokenEmbedding = parameters.Get("token_embedding.weight", shape.Vocabulary, width);
        Positions = parameters.Get("positional_embedding", shape.Positions, width);
        TypeEmbedding = parameters.Get("type_embedding", width);
        NormEmbedding = new Norm(parameters, "ln_embedding", width, shape.Epsilon);
        Transformer = new Transformer(parameters, "transformer", shape.Transformer);
        Pooler = new Linear(parameters, "pooler.weight", "pooler.bias", width, width);
        Projection1 = new Linear(parameters, "projection.linear1.weight", "projection.linear1.bias", embedding, width);
        Projection2 = new Linear(parameters, "projection.linear2.weight", "projection.linear2.bias", embedding, embedding);
    }

    public ParameterSet Parameters { get; }

    public RobertaShape Shape { get; }

    /// <summary>[vocabulary, width].</summary>
    public Memory<float> TokenEmbedding { get; }

    /// <summary>[positions, width].</summary>
    public Memory<float> Positions { get; }

    /// <summary>[width], of the one type of tokens.</summary>
    public Memory<float> TypeEmbedding { get; }

    public Norm NormEmbedding { get; }

    public Transformer Transformer { get; }

    public Linear Pooler { get; }

    public Linear Projection1 { get; }

    public Linear Projection2 { get; }

    /// <summary>Writes b.Embeddings [batch, embedding], not normalised.</summary>
    /// <param name="ids">[batch, tokens]; a pad in a row is a token like others, as without an attention mask.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="tokens">Length of a row.</param>
    /// <param name="b">Large enough for batch and tokens.</param>
    /// <exception cref="ArgumentException">Too large for the buffers or the position table, or an id out of range.</exception>
    public void Forward(ReadOnlySpan<int> ids, int batch, int tokens, RobertaBuffers b)
    {
        b.Transformer.Check(batch, tokens);
        Check(ids, batch, tokens);
        int rows = batch * tokens, width = Shape.Width, embedding = Shape.Embedding;
        bool training = b.Transformer.Training;
        Span<float> input = b.Transformer.Input.Span[..(rows * width)];       // [batch * tokens, width]
        Span<float> first = b.First.Span[..(batch * width)];                  // [batch, width]
        Span<float> pooled = b.Pooled.Span[..(batch * width)];                // [batch, width]
        Span<float> hidden = b.Hidden.Span[..(batch * embedding)];            // [batch, embedding]
        Span<float> embeddings = b.Embeddings.Span[..(batch * embedding)];    // [batch, embedding]

        Embed(ids, batch, tokens, input);
        NormEmbedding.Forward(input, input, b.Mean.Span[..rows], b.Rstd.Span[..rows], rows);
        Transformer.Forward(b.Transformer, batch, tokens);
        for (int i = 0; i < batch; i++)
        {
            b.Transformer.Output.Span.Slice(i * tokens * width, width).CopyTo(first[(i * width)..]);
        }
        Pooler.Forward(first, pooled, batch, training);
        TensorPrimitives.Tanh(pooled, pooled);
        Projection1.Forward(pooled, hidden, batch, training);
        TensorPrimitives.Max(hidden, 0, hidden);
        Projection2.Forward(hidden, embeddings, batch, training);
    }

    /// <summary>x [batch * tokens, width] = token + type + position. Positions count from the pad's id on, and pads stay at it.</summary>
    private void Embed(ReadOnlySpan<int> ids, int batch, int tokens, Span<float> x)
    {
        int width = Shape.Width;
        for (int i = 0; i < batch; i++)
        {
            int position = Shape.PadToken;
            for (int r = i * tokens; r < (i + 1) * tokens; r++)
            {
                int place = ids[r] == Shape.PadToken ? Shape.PadToken : ++position;
                Span<float> row = x.Slice(r * width, width);
                TensorPrimitives.Add(TokenEmbedding.Span.Slice(ids[r] * width, width), TypeEmbedding.Span, row);
                TensorPrimitives.Add(row, Positions.Span.Slice(place * width, width), row);
            }
        }
    }

    private void Check(ReadOnlySpan<int> ids, int batch, int tokens)
    {
        if (tokens > Shape.MaxContext)
        {
            throw new ArgumentException($"A row of {tokens} tokens is longer than the {Shape.MaxContext} that have positions.", nameof(tokens));
        }
        foreach (int id in ids[..(batch * tokens)])
        {
            if ((uint)id >= (uint)Shape.Vocabulary)
            {
                throw new ArgumentException($"Token id {id} is outside the vocabulary of {Shape.Vocabulary}.", nameof(ids));
            }
        }
    }
}
