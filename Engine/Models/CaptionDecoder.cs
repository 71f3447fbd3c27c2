using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// A language model that writes what is heard: a causal transformer over audio tokens (projected to its width), the tags' words and the
/// caption's, in this order. Each of the three has positions of its own, so what is not there is left out and nothing moves. The
/// result's weights are the token embedding's. Holds no state but weights: concurrent callers each bring their own buffers;
/// packed weights are made at first use in inference, so after a change of the parameters build another decoder over them.
/// </summary>
public sealed class CaptionDecoder
{
    /// <param name="parameters">Of <see cref="CaptionDecoderShape.Layout"/>.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentException">The sizes make no sense or are not the parameters'.</exception>
    public CaptionDecoder(ParameterSet parameters, CaptionDecoderShape shape)
    {
        shape.Check();
        (Parameters, Shape) = (parameters, shape);
        Positions = parameters.Get("positional_embedding", shape.Context, shape.Width);
        Audio = new Linear(parameters, "audio.linear.weight", "audio.linear.bias", shape.Width, shape.AudioWidth);
        Transformer = new Transformer(parameters, "transformer", shape.Transformer);
        NormFinal = new Norm(parameters, "ln_final", shape.Width);
        Output = new Linear(parameters, "token_embedding.weight", null, shape.Vocabulary, shape.Width);
    }

    public ParameterSet Parameters { get; }

    public CaptionDecoderShape Shape { get; }

    /// <summary>[context, width]: audio, tags, caption.</summary>
    public Memory<float> Positions { get; }

    public Linear Audio { get; }

    public Transformer Transformer { get; }

    public Norm NormFinal { get; }

    /// <summary>From the final norm to logits; its weight [vocabulary, width] is the token embedding.</summary>
    public Linear Output { get; }

    /// <summary>Places of a row.</summary>
    public static int Length(CaptionRow row, CaptionDecoderShape shape) => (row.Audio.IsEmpty ? 0 : shape.AudioTokens) + row.Tags.Length + row.Caption.Length;

    /// <summary>Writes b.Logits [scored, vocabulary].</summary>
    /// <param name="rows">Any mix of rows with and without audio and tags; shorter ones are padded, which changes nothing, since the mask is causal.</param>
    /// <param name="b">Large enough.</param>
    /// <exception cref="ArgumentException">A row is empty, longer than the shape, or has an id outside the vocabulary; or the buffers are too small.</exception>
    public void Forward(ReadOnlySpan<CaptionRow> rows, CaptionDecoderBuffers b)
    {
        foreach (CaptionRow row in rows)
        {
            Check(row);
        }
        b.Keep(rows, Shape);
        int batch = b.Batch, tokens = b.Tokens, width = Shape.Width, scored = b.Scored, heard = b.HeardRows * Shape.AudioTokens;
        bool training = b.Transformer.Training;
        Span<float> audio = b.Heard.Span[..(heard * Shape.AudioWidth)];             // [heard rows * audio tokens, audio width]
        Span<float> projected = b.Projected.Span[..(heard * width)];                // [heard rows * audio tokens, width]
        Span<float> input = b.Transformer.Input.Span[..(batch * tokens * width)];   // [batch * tokens, width]
        Span<float> last = b.Last.Span[..(scored * width)];                         // [scored, width]
        Span<float> normal = b.Normal.Span[..(scored * width)];                     // [scored, width]
        Span<float> logits = b.Logits.Span[..(scored * Shape.Vocabulary)];          // [scored, vocabulary]

        int at = 0;
        foreach (CaptionRow row in rows)
        {
            row.Audio.Span.CopyTo(audio[at..]);
            at += row.Audio.Length;
        }
        Audio.Forward(audio, projected, heard, training);
        Assemble(rows, projected, input, tokens);
        Transformer.Forward(b.Transformer, batch, tokens);
        at = 0;
        for (int r = 0; r < batch; r++)
        {
            int end = Length(rows[r], Shape), count = rows[r].Scored * width;
            b.Transformer.Output.Span.Slice((r * tokens + end) * width - count, count).CopyTo(last[at..]);
            at += count;
        }
        NormFinal.Forward(last, normal, b.Mean.Span[..scored], b.Rstd.Span[..scored], scored);
        Output.Forward(normal, logits, scored, training);
    }

    /// <summary>x [batch * tokens, width]: each place's vector plus its position; zeros behind a row's end.</summary>
    private void Assemble(ReadOnlySpan<CaptionRow> rows, ReadOnlySpan<float> projected, Span<float> x, int tokens)
    {
        int width = Shape.Width, heard = 0;
        x.Clear();
        for (int r = 0; r < rows.Length; r++)
        {
            Span<float> places = x.Slice(r * tokens * width, tokens * width);
            if (!rows[r].Audio.IsEmpty)
            {
                int count = Shape.AudioTokens * width;
                TensorPrimitives.Add(projected.Slice(heard, count), Positions.Span[..count], places[..count]);
                places = places[count..];
                heard += count;
            }
            places = Words(rows[r].Tags.Span, Shape.AudioTokens, places);
            Words(rows[r].Caption.Span, Shape.AudioTokens + Shape.TagTokens, places);
        }
    }

    private Span<float> Words(ReadOnlySpan<int> ids, int firstPosition, Span<float> places)
    {
        int width = Shape.Width;
        for (int t = 0; t < ids.Length; t++)
        {
            TensorPrimitives.Add(
                Output.Weight.Span.Slice(ids[t] * width, width), Positions.Span.Slice((firstPosition + t) * width, width), places.Slice(t * width, width));
        }
        return places[(ids.Length * width)..];
    }

    private void Check(CaptionRow row)
    {
        string? wrong =
            !row.Audio.IsEmpty && row.Audio.Length != Shape.AudioTokens * Shape.AudioWidth ? $"audio of {row.Audio.Length} values; {Shape.AudioTokens} tokens of {Shape.AudioWidth} are wanted"
            : row.Tags.Length > Shape.TagTokens ? $"{row.Tags.Length} tokens of tags; there is room for {Shape.TagTokens}"
            : row.Caption.Length < 1 || row.Caption.Length > Shape.CaptionTokens ? $"a caption of {row.Caption.Length} tokens; 1 to {Shape.CaptionTokens} are wanted"
            : row.Scored < 1 || row.Scored > row.Caption.Length ? $"{row.Scored} scored places of {row.Caption.Length}"
            : row.Tags.Span.IndexOfAnyExceptInRange(0, Shape.Vocabulary - 1) >= 0 || row.Caption.Span.IndexOfAnyExceptInRange(0, Shape.Vocabulary - 1) >= 0
                ? $"a token id outside the vocabulary of {Shape.Vocabulary}"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"A row has {wrong}.", nameof(row));
        }
    }
}
