using SoundSearch.Training.Run;

namespace SoundSearch.Training.Pocket;

/// <summary>Everything that a run of the audio stage depends on; with the same options and data it gives the same weights.</summary>
public sealed record AudioDistillationOptions
{
    /// <summary>Samples in all. The learning rate falls over the last <see cref="DecayShare"/> of them, so a finished run can be
    /// taken up again from its last checkpoint before the fall with a larger number.</summary>
    public required long Samples { get; init; }

    public ulong Seed { get; init; } = 1;

    public int Batch { get; init; } = 32;

    /// <summary>Parts of a batch that run side by side; belongs to the recipe, since batch norm sees one part at a time.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Passes that each of these parts is computed in, to spare memory (<see cref="Passes"/>); 0 is 1.</summary>
    public int Accumulate { get; init; }

    /// <summary>Of the tower's products.</summary>
    public TrainingPrecision Precision { get; init; }

    public double LearningRate { get; init; } = 1e-3;

    public double MuonDecay { get; init; } = 0.05;

    public int WarmupSteps { get; init; } = 200;

    /// <summary>Share of the run over which the learning rate falls to <see cref="Floor"/>; 1 is a cosine over the whole run.</summary>
    public double DecayShare { get; init; } = 0.3;

    public double Floor { get; init; } = 0.01;

    public double MeanDecay { get; init; } = 0.998;

    /// <summary>Exponent that sharpens the tagger's scores before they are made to sum 1.</summary>
    public float Sharpness { get; init; } = 1.5f;

    /// <summary>Temperature of the cross entropy over the label names.</summary>
    public float Temperature { get; init; } = 0.05f;

    public float CosineWeight { get; init; } = 3;

    /// <summary>Of the sum over labels.</summary>
    public float TagWeight { get; init; } = 0.3f;

    /// <summary>Of the sum over the tagger's embedding, whose squared error starts at some 100.</summary>
    public float FeatureWeight { get; init; } = 0.02f;

    /// <summary>Weight of the contrastive loss on (sound, caption).</summary>
    public float CaptionWeight { get; init; } = 0.3f;

    /// <summary>Steps between rows of the log.</summary>
    public int LogEvery { get; init; } = 50;

    public int ValidationEvery { get; init; } = 250;

    public int CheckpointEvery { get; init; } = 500;
}
