namespace SoundSearch.Engine;

/// <summary>Texts in, embeddings out. Safe for concurrent callers.</summary>
public interface ITextEncoder
{
    /// <summary>Length of an embedding.</summary>
    int Dimensions { get; }

    /// <summary>Writes one unit-length embedding per text: embeddings [texts.Count, Dimensions].</summary>
    void Encode(IReadOnlyList<string> texts, Span<float> embeddings);
}
