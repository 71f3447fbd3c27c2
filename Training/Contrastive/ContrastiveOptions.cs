using System.Text.Json;
using System.Text.Json.Serialization;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Contrastive;

/// <summary>
/// The recipe of a contrastive run: VA is <see cref="ImageWeight"/> 1 and <see cref="TextWeight"/> 0, AT the other way round, VAT both
/// (the third loss, between pictures and texts, has no trained side when both towers are frozen, and is left out).
/// </summary>
public sealed record ContrastiveOptions
{
    /// <summary>Weight of the loss between inputs and their frames.</summary>
    public float ImageWeight { get; init; } = 1;

    /// <summary>Weight of the loss between inputs and one of their captions, drawn in each step.</summary>
    public float TextWeight { get; init; }

    public FrameRule Frames { get; init; } = FrameRule.Random;

    /// <summary>Nearest: epochs with random frames before it.</summary>
    public int RandomEpochs { get; init; } = 5;

    public int Epochs { get; init; } = 25;

    public int Batch { get; init; } = 64;

    /// <summary>Parts that a batch is computed in; belongs to the recipe, since batch norm sees one part at a time.</summary>
    public int Shards { get; init; } = 2;

    /// <summary>Passes that each of these parts is computed in, to spare memory (<see cref="Passes"/>); negatives are the whole batch's all the same. 0 is 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] // so that checkpoints of earlier versions go on
    public int Accumulate { get; init; }

    /// <summary>Of the tower's products.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrainingPrecision Precision { get; init; }

    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Muon;

    /// <summary>AdamW's and Muon's.</summary>
    public double LearningRate { get; init; } = 1e-3;

    public double WeightDecay { get; init; } = 0.05;

    /// <summary>LARS: for weights, times batch / 256.</summary>
    public double WeightRate { get; init; } = 0.2;

    /// <summary>LARS: for biases and norms, times batch / 256.</summary>
    public double BiasRate { get; init; } = 0.0048;

    /// <summary>LARS: decay of weights.</summary>
    public double LarsDecay { get; init; } = 1e-6;

    public double WarmupEpochs { get; init; } = 1;

    /// <summary>Rate at the end, as a share of the highest.</summary>
    public double Floor { get; init; } = 0.001;

    public double MeanDecay { get; init; } = 0.998;

    public ulong Seed { get; init; } = 1;

    /// <summary>Validations without a better one after which the run ends, with the best one's weights; 0: never, with the last ones.</summary>
    public int Patience { get; init; }

    /// <summary>All of it, for checkpoints and run cards.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, serializer);

    private static readonly JsonSerializerOptions serializer = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
}
