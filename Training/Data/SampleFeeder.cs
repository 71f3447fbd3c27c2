using System.Numerics.Tensors;
using SoundSearch.Engine.Features;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Data;

/// <summary>
/// Training samples with the tagger's answers. Sample n is a function of the seed and n, so training that resumes at n,
/// or is split into shards, sees exactly what it would have seen. Safe for concurrent callers, each with its own
/// workspace: a shard on its own thread calls <see cref="Fill"/> for its part of the batch.
/// </summary>
public sealed class SampleFeeder(Augmenter augmenter, Mn04Tagger tagger)
{
    /// <summary>Frames of a sample.</summary>
    public int Frames => augmenter.Frames;

    /// <summary>Floats of a sample's spectrogram.</summary>
    public int MelSize => augmenter.Frames * LogMel.MelBins;

    /// <summary>
    /// Samples first .. first + count - 1: mels [count, Frames, 128] normalised, scores [count, 527] after the sigmoid,
    /// embeddings [count, 384], origins [count].
    /// </summary>
    public void Fill(
        long first, int count, Span<float> mels, Span<float> scores, Span<float> embeddings, Span<SampleOrigin> origins, FeederWorkspace workspace)
    {
        for (int i = 0; i < count; i++)
        {
            origins[i] = augmenter.Make(first + i, mels.Slice(i * MelSize, MelSize), workspace.Augmenter);
        }
        scores = scores[..(count * Mn04Tagger.Classes)];
        tagger.Run(mels, count, augmenter.Frames, workspace.Tagger, scores, embeddings);
        TensorPrimitives.Sigmoid(scores, scores);
    }
}
