using System.Globalization;
using SoundSearch.Engine;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Second stage of pocket's recipe: trains the audio tower into the frozen text tower's space, VIP-ANT's setting with a tagger
/// in the image tower's place. For a sound with tagger scores s, q = s^1.5 / sum and E the text vectors of the 527 label names:
/// cross entropy of softmax(z E / 0.05) with q, 3 (1 - cos(z, normalise(sum q E))), two side heads on the tagger's scores and
/// embedding, and symmetric InfoNCE with a caption of the sound. Muon on the matrices, AdamW on the rest, running mean of the
/// weights. A run writes checkpoint, log and weights into its folder and goes on from there bit for bit.
/// </summary>
public sealed class AudioDistillation : IDisposable
{
    /// <summary>The running mean's weights, under the tower's own names.</summary>
    public const string WeightsName = "audio.safetensors";

    private const string CheckpointName = "audio.checkpoint", LogName = "audio.csv", StableName = "audio.before-decay";
    private const float StatisticsMomentum = 0.01f;

    private readonly AudioDistillationOptions options;
    private readonly AudioTower tower;
    private readonly SideHeads heads;
    private readonly Parameter temperature;
    private readonly Shards shards;
    private readonly AudioShard[] parts;
    private readonly OptimizerSet optimizer;
    private readonly RunningMean mean;
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly InfoNce contrast;
    private readonly ZeroShot validation;
    private readonly int embedding;

    public AudioDistillation(
        AudioDistillationOptions options, AudioTowerShape shape, SampleFeeder feeder, CaptionSource sources, string[] labels, ITextEncoder text, ZeroShot validation)
    {
        (this.options, this.validation) = (options, validation);
        embedding = shape.Embedding;
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, (int)options.Seed);
        tower = new AudioTower(weights.With(options.Precision.Options()), shape);
        heads = SideHeads.Create(shape.Width, labels.Length, Mn04Tagger.EmbeddingWidth);
        Initialise(heads, options.Seed);
        temperature = Parameter.Create("logit_scale");
        temperature.Value.Span[0] = MathF.Log(1 / 0.07f); // CLIP's start

        float[] names = new float[labels.Length * embedding];
        text.Encode(labels, names);
        shards = new Shards(options.Shards);
        int batch = options.Batch / options.Shards;
        parts = [.. Enumerable.Range(0, options.Shards).Select(_ => new AudioShard(options, batch, feeder, sources, text, labels, names, tower, heads))];
        parameters =
        [
            .. Parameter.Of(tower.Parameters, parts[0].TowerGradients),
            .. Parameter.Of(heads.Parameters, parts[0].HeadGradients),
            temperature,
        ];
        optimizer = OptimizerSet.WithMuon(
            parameters, OptimizerSet.IsHidden, new MuonOptions(options.LearningRate, WeightDecay: options.MuonDecay), new AdamOptions(options.LearningRate), shards);
        mean = new RunningMean(parameters, options.MeanDecay);
        contrast = new InfoNce(options.Batch, mean: true, maxScale: 100);
    }

    /// <summary>Trains until the run's samples are seen or it is stopped; returns whether it is finished.</summary>
    public bool Run(string folder, TextWriter? progress, CancellationToken cancellation)
    {
        long steps = options.Samples / options.Batch;
        var schedule = new StableDecaySchedule(options.WarmupSteps, steps, options.DecayShare, options.Floor);
        var loop = new TrainingLoop(
            new LoopOptions
            {
                Folder = folder,
                CheckpointName = CheckpointName,
                LogName = LogName,
                // A run may see more samples later, or learn at another rate: the batch alone makes it another one.
                RecipeKey = "batch",
                Recipe = options.Batch.ToString(CultureInfo.InvariantCulture),
                Steps = steps,
                Batch = options.Batch,
                Rate = schedule.At,
                Branch = (schedule.DecayStart, StableName),
                Losses = ["labels", "cosine", "tags", "features", "captions"],
                Figures = ["accuracy", "precision"],
                KeepLast = true,
                LogEvery = options.LogEvery,
                ValidateEvery = options.ValidationEvery,
                CheckpointEvery = options.CheckpointEvery,
            },
            [.. tower.Parameters.Tensors, .. heads.Parameters.Tensors, temperature.Tensor], optimizer, mean);
        string weights = Path.Combine(folder, WeightsName);
        return loop.Run(
            Step,
            () =>
            {
                // Another tower over the same weights: the tower of the run must not remember packed ones.
                (double accuracy, double precision) = validation.Measure(TrainingPrecision.Float32.Over(tower));
                return [accuracy, precision];
            },
            () =>
            {
                SafetensorsFile.Write(weights + ".tmp", tower.Parameters.Tensors);
                File.Move(weights + ".tmp", weights, overwrite: true);
            },
            progress, cancellation);
    }

    /// <summary>Starts from an earlier run's weights instead of random ones. No effect on a run that resumes from its checkpoint.</summary>
    public void StartFrom(string weights)
    {
        using SafetensorsFile file = SafetensorsFile.Open(weights);
        ParameterSet.Load(tower.Shape.Layout(), file).Values.CopyTo(tower.Parameters.Values);
    }

    public void Dispose() => shards.Dispose();

    private static void Initialise(SideHeads heads, ulong seed)
    {
        var random = new RandomSource(seed + 1);
        random.Fill(heads.Tags.Weight.Span, 1 / Math.Sqrt(heads.Tags.Inputs));
        random.Fill(heads.Features.Weight.Span, 1 / Math.Sqrt(heads.Features.Inputs));
        heads.Tags.Bias.Span.Fill(-5); // most labels are absent
    }

    /// <summary>The trained parameters; after a step, with its gradients.</summary>
    internal IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Losses and gradients of a step.</summary>
    internal double[] Step(long step)
    {
        int batch = options.Batch, part = batch / parts.Length, width = embedding;
        shards.Run(s => parts[s].Forward(step * batch + s * part));

        float[] sounds = [.. parts.SelectMany(p => p.Vectors)], captions = [.. parts.SelectMany(p => p.Captions)], gradients = new float[batch * width];
        float dtemperature = 0;
        double captionLoss = contrast.Forward(
            sounds, captions, temperature.Value.Span[0], gradients, default, ref dtemperature, batch, width, options.CaptionWeight);
        temperature.Gradient.Span[0] = dtemperature;

        int passes = parts[0].Passes;
        for (int pass = passes - 1; pass >= 0; pass--)
        {
            shards.Run(s =>
            {
                if (pass == passes - 1)
                {
                    gradients.AsSpan(s * part * width, part * width).CopyTo(parts[s].VectorGradients);
                    parts[s].Clear();
                }
                parts[s].Backward(pass, batch);
            });
            RunningStatistics.Update(tower, [.. parts.Select(p => p.Buffers)], StatisticsMomentum / passes);
        }
        shards.Sum([.. parts.Select(p => p.TowerGradients)]);
        shards.Sum([.. parts.Select(p => p.HeadGradients)]);
        return [.. Enumerable.Range(0, 4).Select(i => parts.Sum(p => p.Losses[i])), captionLoss];
    }
}
