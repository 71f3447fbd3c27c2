using System.Text.Json;
using System.Text.Json.Serialization;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Heads;

/// <summary>The recipe of supervised training on labels: AdamW, linear warm-up, half a cosine down, running mean of the weights.</summary>
public sealed record HeadOptions
{
    public HeadScope Scope { get; init; }

    /// <summary><see cref="HeadScope.LastBlocks"/>: how many. VIP-ANT fine-tunes the last 4 of its 12.</summary>
    public int Blocks { get; init; } = 4;

    public HeadInput Input { get; init; }

    public HeadLoss Loss { get; init; }

    public int Epochs { get; init; } = 100;

    public int Batch { get; init; } = 32;

    /// <summary>Parts that a batch is computed in; belongs to the recipe, since batch norm sees one part at a time.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Passes that each of these parts is computed in, to spare memory (<see cref="Passes"/>); 0 is 1. A probe has no need of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that checkpoints of earlier versions go on
    public int Accumulate { get; init; }

    /// <summary>Of the tower's products.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrainingPrecision Precision { get; init; }

    /// <summary>The head's highest learning rate.</summary>
    public double HeadRate { get; init; } = 1e-3;

    /// <summary>The tower's: it has learned something already.</summary>
    public double TowerRate { get; init; } = 1e-4;

    public double WeightDecay { get; init; } = 0.05;

    public double WarmupEpochs { get; init; } = 1;

    /// <summary>Rate at the end, as a share of the highest.</summary>
    public double Floor { get; init; } = 0.01;

    public double MeanDecay { get; init; } = 0.99;

    /// <summary>Validations (one an epoch) without a better one after which the run ends; 0: never.</summary>
    public int Patience { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>All of it, for checkpoints and run cards.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, serializer);

    private static readonly JsonSerializerOptions serializer = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
}
