using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Data;

/// <summary>A batch as <see cref="SampleFeeder.Fill"/> writes it.</summary>
public sealed class SampleBatch(int size, int melSize)
{
    /// <summary>Number of the batch.</summary>
    public long Number { get; internal set; }

    /// <summary>[size, frames, 128]</summary>
    public float[] Mels { get; } = new float[size * melSize];

    /// <summary>[size, 527]</summary>
    public float[] Scores { get; } = new float[size * Mn04Tagger.Classes];

    /// <summary>[size, 384]</summary>
    public float[] Embeddings { get; } = new float[size * Mn04Tagger.EmbeddingWidth];

    /// <summary>[size]</summary>
    public SampleOrigin[] Origins { get; } = new SampleOrigin[size];

    internal FeederWorkspace Workspace { get; } = new();
}
