using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Texts as questions to a collection: q = (t - g) / |t - g|, with t the text tower's unit vector and g the model's query
/// offset. Some sounds lie near every text ("hubs", a thunderstorm is near all weather), and a search that compares sounds with
/// one question finds them first. Querybank normalisation (Bogolin et al. 2022, section 3) takes from a sound's score what it
/// has in common with a bank of texts; g is the best linear form of that, so it costs nothing per sound. Only for ranking
/// sounds by a text: what a sound is called is asked with the plain vectors.
/// </summary>
public sealed class QueryEncoder : ITextEncoder
{
    private readonly ITextEncoder text;
    private readonly float[] offset;

    /// <param name="text">The text tower.</param>
    /// <param name="offset">g [dimensions].</param>
    /// <exception cref="ArgumentException">The offset has another length.</exception>
    public QueryEncoder(ITextEncoder text, float[] offset)
    {
        if (offset.Length != text.Dimensions)
        {
            throw new ArgumentException($"An offset of {offset.Length} values for vectors of {text.Dimensions}.", nameof(offset));
        }
        (this.text, this.offset) = (text, offset);
    }

    public int Dimensions => text.Dimensions;

    /// <inheritdoc/>
    public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        text.Encode(texts, embeddings);
        for (int i = 0; i < texts.Count; i++)
        {
            Span<float> row = embeddings.Slice(i * Dimensions, Dimensions);
            TensorPrimitives.Subtract(row, offset, row);
            UnitLength.Forward(row, row, 1, Dimensions);
        }
    }
}
