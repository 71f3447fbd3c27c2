namespace SoundSearch.Engine.Features;

/// <summary>One window of sound in, a normalised spectrogram out: what an audio tower reads. Safe for concurrent callers.</summary>
public interface IFeatureExtractor
{
    /// <summary>Sample rate in Hz that the samples must have.</summary>
    int SampleRate { get; }

    /// <summary>Mel bins per frame.</summary>
    int Bins { get; }

    /// <summary>Frames of a full window.</summary>
    int Frames { get; }

    /// <summary>
    /// Writes features [Frames, Bins], time-major, of mono samples in [-1, 1]. Fewer samples than a window are padded
    /// as the recipe says; samples beyond the window are not looked at.
    /// </summary>
    void Extract(ReadOnlySpan<float> samples, Span<float> features);
}
