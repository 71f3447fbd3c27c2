using SoundSearch.Engine.Models;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Text;

/// <summary>
/// The recipe of pocket's text tower. All but folders, samples and validation is recorded in checkpoints and must not change
/// under a resumed run; with other samples the rate follows the new cosine from there on.
/// </summary>
public sealed record TextDistillationOptions
{
    /// <summary>Holds texts.csv and text_embeddings.safetensors (../shared/teachers/minilm).</summary>
    public required string TeacherFolder { get; init; }

    /// <summary>Gets merges.txt, checkpoint.safetensors, log.csv and, at the end, text.safetensors.</summary>
    public required string OutputFolder { get; init; }

    public int Vocabulary { get; init; } = 12_000;

    public int Context { get; init; } = 77;

    public int Width { get; init; } = 256;

    public int Heads { get; init; } = 4;

    public int Layers { get; init; } = 4;

    /// <summary>Texts to see in all, over all epochs; the learning rate's cosine ends there.</summary>
    public long Samples { get; init; } = 1_000_000;

    public int Batch { get; init; } = 256;

    /// <summary>Parts that each batch is computed in; part of the recipe, since sums of other parts round otherwise.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Passes that each of these parts is computed in, to spare memory (<see cref="Passes"/>); 0 is 1.</summary>
    public int Accumulate { get; init; }

    /// <summary>Of the tower's products.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>AdamW's: embeddings, positions, projection, norms and biases.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Muon's, for the blocks' matrices; 0 gives these to AdamW as well.</summary>
    public double MuonRate { get; init; } = 2e-3;

    /// <summary>Steps of linear warm-up.</summary>
    public int Warmup { get; init; } = 100;

    /// <summary>Of the softmaxes over the batch.</summary>
    public float Temperature { get; init; } = 0.05f;

    /// <summary>Share of the texts kept for validation.</summary>
    public double HeldOut { get; init; } = 0.02;

    public ulong Seed { get; init; } = 1;

    /// <summary>Steps between validations, each with a checkpoint.</summary>
    public int ValidateEvery { get; init; } = 250;

    /// <summary>Gets progress for people.</summary>
    public TextWriter? Progress { get; init; }

    public long Steps => Samples / Batch;

    /// <summary>Everything that makes another run of it.</summary>
    internal string Recipe => FormattableString.Invariant(
        $"{Vocabulary} {Context} {Width} {Heads} {Layers} {Batch} {Shards} {LearningRate} {MuonRate} {Warmup} {Temperature} {HeldOut} {Seed}{(Accumulate > 1 ? $" {Accumulate} passes" : "")}{(Precision == default ? "" : $" {Precision}")}");

    internal TextTowerShape Shape(int vocabulary, int embedding) => new(vocabulary, Context, Width, Heads, Layers, embedding);
}
