namespace SoundSearch.Engine.Models;

/// <summary>A text tower whose vectors are taken from a centre: (t - c) / |t - c|. See <see cref="ModelContents.Centre"/>.</summary>
internal sealed class CentredTextEncoder(ITextEncoder text, float[] centre) : ITextEncoder
{
    public int Dimensions => text.Dimensions;

    /// <inheritdoc/>
    public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        text.Encode(texts, embeddings);
        UnitLength.Centre(embeddings[..(texts.Count * Dimensions)], centre);
    }
}
