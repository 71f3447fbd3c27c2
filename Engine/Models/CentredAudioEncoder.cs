namespace SoundSearch.Engine.Models;

/// <summary>An audio tower whose vectors are taken from a centre: (z - c) / |z - c|. See <see cref="ModelContents.Centre"/>.</summary>
internal sealed class CentredAudioEncoder(IAudioEncoder audio, float[] centre) : IAudioEncoder
{
    public int Dimensions => audio.Dimensions;

    public int SampleRate => audio.SampleRate;

    public int WindowSamples => audio.WindowSamples;

    /// <inheritdoc/>
    public void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        audio.Encode(windows, embeddings);
        UnitLength.Centre(embeddings[..(windows.Count * Dimensions)], centre);
    }
}
