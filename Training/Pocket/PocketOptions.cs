using SoundSearch.Training.Run;

namespace SoundSearch.Training.Pocket;

/// <summary>Where pocket's recipe finds its teachers and sounds, and how long it runs.</summary>
public sealed record PocketOptions
{
    public const long DefaultTextSamples = 800_000, DefaultSamples = 1_000_000;

    /// <summary>Holds teachers/minilm, teachers/mn04 and data/audio with its manifest.</summary>
    public required string DataFolder { get; init; }

    public required string OutputFolder { get; init; }

    /// <summary>Debian packages with more sounds, or null for data/audio alone.</summary>
    public string? PackagesFolder { get; init; }

    /// <summary>Share of the samples drawn from the Debian packages.</summary>
    public double DebianShare { get; init; } = 0.45;

    public long TextSamples { get; init; } = DefaultTextSamples;

    public long Samples { get; init; } = DefaultSamples;

    /// <summary>Passes that each part of the audio stage's batches is computed in; 0 is 1.</summary>
    public int Accumulate { get; init; }

    /// <summary>Of the products of both towers in training.</summary>
    public TrainingPrecision Precision { get; init; }

    /// <summary>Weights to start the audio tower from, or null for random ones.</summary>
    public string? StartWeights { get; init; }

    /// <summary>ESC-50's fold that the audio tower is measured on, and never trained on but with <see cref="AllFolds"/>.</summary>
    public int HeldOutFold { get; init; } = 1;

    /// <summary>Train on that fold as well, for the last run once its figures are known: they say nothing from then on.</summary>
    public bool AllFolds { get; init; }

    public ulong Seed { get; init; } = 1;

    public string SentenceTeacher => Path.Combine(DataFolder, "teachers", "minilm");

    public string TaggerFolder => Path.Combine(DataFolder, "teachers", "mn04");

    public string PackageList => Path.Combine(DataFolder, "data", "debian_sounds.csv");

    public string Sounds => Path.Combine(DataFolder, "data", "audio");
}
