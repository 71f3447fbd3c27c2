using System.Text.Json;
using System.Text.Json.Serialization;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// The recipe of a captioner. Each step has captions without a sound, which teach to write and what tags mean, and sounds with what they
/// are called, which teach to listen; some of the rows lose their tags, so that one captioner writes with and without.
/// </summary>
public sealed record CaptionerOptions
{
    /// <summary>Of the byte pairs that are learned from the training captions.</summary>
    public int Vocabulary { get; init; } = 4000;

    public int Width { get; init; } = 128;

    public int Heads { get; init; } = 4;

    public int Layers { get; init; } = 3;

    /// <summary>Tokens that a sound is heard as.</summary>
    public int AudioTokens { get; init; } = 10;

    public int Steps { get; init; } = 1000;

    /// <summary>Captions without a sound in a step.</summary>
    public int TextRows { get; init; } = 32;

    /// <summary>Sounds in a step.</summary>
    public int SoundRows { get; init; } = 32;

    /// <summary>Parts that a step is computed in; part of the recipe, since sums of other parts round otherwise.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Of the captioner's products.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that checkpoints of earlier versions go on
    public TrainingPrecision Precision { get; init; }

    /// <summary>AdamW's: embeddings, positions, projection, norms and biases.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Muon's, for the blocks' matrices.</summary>
    public double MuonRate { get; init; } = 1e-3;

    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Steps of linear warm-up.</summary>
    public int Warmup { get; init; } = 50;

    public double MeanDecay { get; init; } = 0.99;

    /// <summary>How often a sound's row has no tags.</summary>
    public double SoundTagDrop { get; init; } = 0.5;

    /// <summary>How often a caption's row has no tags.</summary>
    public double TextTagDrop { get; init; } = 0.1;

    /// <summary>Least score of a tag.</summary>
    public double TagThreshold { get; init; } = 0.1;

    public int MostTags { get; init; } = 4;

    public int ValidateEvery { get; init; } = 100;

    public ulong Seed { get; init; } = 1;

    /// <summary>All of it, for checkpoints.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <exception cref="ArgumentException">A number that cannot be.</exception>
    public void Check()
    {
        string? wrong =
            Steps < 1 || ValidateEvery < 1 || Shards < 1 ? "there must be steps, validations and parts"
            : TextRows < 0 || SoundRows < 0 || TextRows + SoundRows < Shards ? $"{TextRows} + {SoundRows} rows do not make a step of {Shards} parts"
            : !(SoundTagDrop is >= 0 and <= 1 && TextTagDrop is >= 0 and <= 1 && TagThreshold is >= 0 and <= 1) ? "shares of dropped tags and the threshold are from 0 to 1"
            : MostTags < 0 ? "the most tags cannot be fewer than none"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'captioner': {wrong}.");
        }
    }
}
