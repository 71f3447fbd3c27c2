using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// CLIP's text tower: token and position embeddings, causal transformer, ln_final and projection of the end token.
/// Causal means that nothing after the end token matters, so callers cut rows there.
/// Holds no state but weights: concurrent callers each bring their own buffers.
/// </summary>
public sealed class TextTower
{
    private const string TableName = "token_embedding.weight";

    private readonly Half[]? halves; // [vocabulary, width], of a tower loaded for inference only: 25 million values, of which a text needs ten rows

    /// <param name="parameters">Of <see cref="TextTowerShape.Layout"/>.</param>
    /// <param name="shape">Sizes.</param>
    public TextTower(ParameterSet parameters, TextTowerShape shape)
    {
        (Parameters, Shape) = (parameters, shape);
        TokenEmbedding = parameters.Get(TableName, shape.Vocabulary, shape.Width);
        if (parameters.IsDeferred(TableName))
        {
            halves = parameters.ReadDeferredHalves(TableName);
            TokenEmbedding = halves is null ? parameters.ReadDeferred(TableName) : default;
        }
        Positions = parameters.Get("positional_embedding", shape.Context, shape.Width);
        Transformer = new Transformer(parameters, "transformer", shape.Transformer);
        NormFinal = new Norm(parameters, "ln_final", shape.Width, shape.Transformer.Epsilon);
        Projection = new Linear(parameters, "text_projection", null, shape.Embedding, shape.Width, inputMajor: true);
    }

    public ParameterSet Parameters { get; }

    public TextTowerShape Shape { get; }

    /// <summary>[vocabulary, width]; may be empty in a tower loaded for inference only.</summary>
    public Memory<float> TokenEmbedding { get; }

    /// <summary>[context, width].</summary>
    public Memory<float> Positions { get; }

    public Transformer Transformer { get; }

    public Norm NormFinal { get; }

    public Linear Projection { get; }

    /// <summary>Writes b.Embeddings [batch, embedding], not normalised.</summary>
    /// <param name="ids">[batch, tokens], rows padded with any valid id after their end.</param>
    /// <param name="ends">[batch], index of each row's end token.</param>
    /// <param name="batch">Rows.</param>
    /// <param name="tokens">Length of a row: the longest end + 1 is enough.</param>
    /// <param name="b">Large enough for batch and tokens.</param>
    /// <exception cref="ArgumentException">Too large for the buffers or the context, or an id or an end out of range.</exception>
    public void Forward(ReadOnlySpan<int> ids, ReadOnlySpan<int> ends, int batch, int tokens, TextTowerBuffers b)
    {
        b.Transformer.Check(batch, tokens);
        Check(ids, ends, batch, tokens);
        b.Keep(ids, ends, batch, tokens);
        int width = Shape.Width;
        bool training = b.Transformer.Training;
        Span<float> input = b.Transformer.Input.Span;              // [batch * tokens, width]
        Span<float> last = b.Last.Span[..(batch * width)];         // [batch, width]
        Span<float> normal = b.Normal.Span[..(batch * width)];     // [batch, width]
        Span<float> embeddings = b.Embeddings.Span[..(batch * Shape.Embedding)]; // [batch, embedding]

        for (int r = 0; r < batch * tokens; r++)
        {
            Span<float> row = input.Slice(r * width, width);
            Token(ids[r], row);
            TensorPrimitives.Add(row, Positions.Span.Slice(r % tokens * width, width), row);
        }
        Transformer.Forward(b.Transformer, batch, tokens);
        for (int i = 0; i < batch; i++)
        {
            b.Transformer.Output.Span.Slice((i * tokens + ends[i]) * width, width).CopyTo(last.Slice(i * width, width));
        }
        NormFinal.Forward(last, normal, b.Mean.Span[..batch], b.Rstd.Span[..batch], batch);
        Projection.Forward(normal, embeddings, batch, training);
    }

    private void Token(int id, Span<float> row)
    {
        if (halves is null)
        {
            TokenEmbedding.Span.Slice(id * row.Length, row.Length).CopyTo(row);
        }
        else
        {
            TensorPrimitives.ConvertToSingle(halves.AsSpan(id * row.Length, row.Length), row);
        }
    }

    private void Check(ReadOnlySpan<int> ids, ReadOnlySpan<int> ends, int batch, int tokens)
    {
        if (tokens > Shape.Context)
        {
            throw new ArgumentException($"A row of {tokens} tokens is longer than the context of {Shape.Context}.", nameof(tokens));
        }
        foreach (int id in ids[..(batch * tokens)])
        {
            if ((uint)id >= (uint)Shape.Vocabulary)
            {
                throw new ArgumentException($"Token id {id} is outside the vocabulary of {Shape.Vocabulary}.", nameof(ids));
            }
        }
        foreach (int end in ends[..batch])
        {
            if ((uint)end >= (uint)tokens)
            {
                throw new ArgumentException($"The end token's index {end} is outside a row of {tokens}.", nameof(ends));
            }
        }
    }
}
