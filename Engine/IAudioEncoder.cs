namespace SoundSearch.Engine;

/// <summary>Windows of sound in, embeddings out. Safe for concurrent callers.</summary>
public interface IAudioEncoder
{
    /// <summary>Length of an embedding.</summary>
    int Dimensions { get; }

    /// <summary>Sample rate in Hz that the windows must have.</summary>
    int SampleRate { get; }

    /// <summary>Samples in a full window; a shorter one is padded with silence by the encoder.</summary>
    int WindowSamples { get; }

    /// <summary>Writes one unit-length embedding per window of mono samples in [-1, 1]: embeddings [windows.Count, Dimensions].</summary>
    void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings);
}
