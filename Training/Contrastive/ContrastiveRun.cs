using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Contrastive;

/// <summary>
/// Trains one tower against frozen ones by symmetric InfoNCE with a learned temperature: VIP-ANT's VA, AT and VAT (Zhao et al. 2022),
/// Nearest and Multiframe Match (Tsubaki et al. 2024), BLAT's pre-training and fine-tuning (Xu et al. 2023), and, with pictures for
/// inputs, the image tower that the rest pivots on. What is frozen comes as vectors, made once (<see cref="IPairSource"/>).
/// </summary>
public sealed class ContrastiveRun : IDisposable
{
    public const string WeightsName = "tower.safetensors";

    private const float StatisticsMomentum = 0.01f, ClipMaxScale = 100;

    private readonly ContrastiveOptions options;
    private readonly IPairSource pairs;
    private readonly AudioTower tower;
    private readonly Parameter temperature;
    private readonly Shards shards;
    private readonly ContrastiveShard[] parts;
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly IOptimizer optimizer;
    private readonly RunningMean mean;
    private readonly InfoNce loss;
    private readonly EpochOrder order;
    private readonly int[] chosen;
    private readonly float[] vectors, target, gradients;

    /// <param name="options">The recipe.</param>
    /// <param name="tower">Trained in place; its weights are the start.</param>
    /// <param name="pairs">At least one batch of them.</param>
    /// <exception cref="ArgumentException">The recipe asks for what the pairs do not have.</exception>
    public ContrastiveRun(ContrastiveOptions options, AudioTower tower, IPairSource pairs)
    {
        Check(options, tower.Shape, pairs);
        tower = options.Precision.Over(tower);
        (this.options, this.tower, this.pairs) = (options, tower, pairs);
        temperature = Parameter.Create("logit_scale");
        temperature.Value.Span[0] = MathF.Log(1 / 0.07f); // CLIP's start
        shards = new Shards(options.Shards);
        int frameSets = options.ImageWeight > 0 ? (options.Frames == FrameRule.Multi ? pairs.FrameCount : 1) : 0, sets = frameSets + (options.TextWeight > 0 ? 1 : 0);
        parts = [.. Enumerable.Range(0, options.Shards).Select(_ => new ContrastiveShard(pairs, options, tower, options.Batch / options.Shards, sets))];
        parameters = [.. Parameter.Of(tower.Parameters, parts[0].Gradients), temperature];
        optimizer = Optimizer();
        mean = new RunningMean(parameters, options.MeanDecay);
        loss = new InfoNce(options.Batch, mean: true, maxScale: ClipMaxScale);
        order = new EpochOrder(pairs.Count, options.Batch, options.Seed);
        chosen = new int[pairs.Count];
        Array.Fill(chosen, -1);
        vectors = new float[options.Batch * pairs.Width];
        target = new float[options.Batch * pairs.Width];
        gradients = new float[options.Batch * pairs.Width];
    }

    public long StepsPerEpoch => order.StepsPerEpoch;

    /// <summary>The frame that each item was matched with when it was last seen in this process; -1 before, and where all frames are used.</summary>
    public IReadOnlyList<int> ChosenFrames => chosen;

    /// <summary>Trains to the end of the recipe, from the folder's checkpoint if there is one; false if it was cancelled.</summary>
    /// <param name="folder">Gets checkpoint, log and the running mean's weights as <see cref="WeightsName"/>: the last ones or, with patience, those of the best validation.</param>
    /// <param name="figures">Names of the validation's figures, the more the better; the first decides which weights are kept.</param>
    /// <param name="validate">Measures a tower.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Ends the run; the next call goes on bit for bit.</param>
    public bool Run(string folder, IReadOnlyList<string> figures, Func<AudioTower, double[]> validate, TextWriter? progress, CancellationToken cancellation)
    {
        long steps = StepsPerEpoch * options.Epochs;
        var schedule = new CosineSchedule((long)(options.WarmupEpochs * StepsPerEpoch), steps, options.Floor, options.Optimizer == OptimizerKind.Lars ? options.Batch / 256.0 : 1);
        var loop = new TrainingLoop(
            new LoopOptions
            {
                Folder = folder,
                Recipe = options.ToJson(),
                Steps = steps,
                Batch = options.Batch,
                Rate = schedule.At,
                Losses = ["loss", "temperature"],
                Figures = figures,
                Patience = options.Patience,
                KeepLast = options.Patience == 0,
                ValidateEvery = (int)StepsPerEpoch,
                CheckpointEvery = (int)StepsPerEpoch,
            },
            [.. tower.Parameters.Tensors, temperature.Tensor], optimizer, mean);
        string weights = Path.Combine(folder, WeightsName);
        return loop.Run(
            Step,
            // Another tower over the same weights: the tower of the run must not remember packed ones.
            () => validate(TrainingPrecision.Float32.Over(tower)),
            () =>
            {
                SafetensorsFile.Write(weights + ".tmp", tower.Parameters.Tensors);
                File.Move(weights + ".tmp", weights, overwrite: true);
            },
            progress, cancellation);
    }

    public void Dispose() => shards.Dispose();

    private static void Check(ContrastiveOptions options, AudioTowerShape shape, IPairSource pairs)
    {
        string? wrong =
            options.ImageWeight < 0 || options.TextWeight < 0 || options.ImageWeight + options.TextWeight <= 0 ? "one of the losses must have a weight above 0"
            : options.Batch < 2 || options.Shards < 1 || options.Batch % options.Shards != 0 ? $"a batch of {options.Batch} cannot be computed in {options.Shards} equal parts"
            : pairs.Count < options.Batch ? $"there are {pairs.Count} pairs, fewer than a batch of {options.Batch}"
            : pairs.Width != shape.Embedding ? $"the frozen vectors have {pairs.Width} values, the tower's {shape.Embedding}"
            : options.ImageWeight > 0 && pairs.FrameCount == 0 ? "the pairs have no pictures"
            : options.TextWeight > 0 && Enumerable.Range(0, pairs.Count).Any(i => pairs.Captions(i).IsEmpty) ? "some of the pairs have no caption"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"The recipe cannot be run: {wrong}.", nameof(options));
        }
    }

    /// <summary>The trained parameters; after a step, with its gradients.</summary>
    internal IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>Losses and gradients of a step.</summary>
    internal double[] Step(long step)
    {
        int batch = options.Batch, part = batch / parts.Length, width = pairs.Width;
        int[] items = order.Items(step).ToArray();
        bool nearest = options.Frames == FrameRule.Nearest && step / StepsPerEpoch >= options.RandomEpochs;
        shards.Run(s => parts[s].Forward(items.AsSpan(s * part, part), step, nearest));

        Join(parts.Select(p => p.Vectors), vectors);
        Array.Clear(gradients);
        int sets = parts[0].Targets.Length, frameSets = sets - (options.TextWeight > 0 ? 1 : 0);
        double total = 0;
        float dtemperature = 0;
        for (int set = 0; set < sets; set++)
        {
            Join(parts.Select(p => p.Targets[set]), target);
            float weight = set < frameSets ? options.ImageWeight / frameSets : options.TextWeight;
            total += loss.Forward(vectors, target, temperature.Value.Span[0], gradients, default, ref dtemperature, batch, width, weight);
        }
        temperature.Gradient.Span[0] = dtemperature;
        for (int i = 0; i < batch; i++)
        {
            chosen[items[i]] = parts[i / part].Chosen[i % part];
        }

        int passes = parts[0].Passes;
        for (int pass = passes - 1; pass >= 0; pass--)
        {
            shards.Run(s =>
            {
                if (pass == passes - 1)
                {
                    gradients.AsSpan(s * part * width, part * width).CopyTo(parts[s].VectorGradients);
                    parts[s].Gradients.Values.Clear();
                }
                parts[s].Backward(pass, items.AsSpan(s * part, part), step);
            });
            RunningStatistics.Update(tower, [.. parts.Select(p => p.Buffers)], StatisticsMomentum / passes);
        }
        shards.Sum([.. parts.Select(p => p.Gradients)]);
        return [total, Math.Min(MathF.Exp(temperature.Value.Span[0]), ClipMaxScale)];
    }

    private IOptimizer Optimizer() => options.Optimizer switch
    {
        OptimizerKind.Lars => new Lars(parameters, new LarsOptions(options.WeightRate, options.BiasRate, options.LarsDecay)),
        OptimizerKind.AdamW => new AdamW(parameters, new AdamOptions(options.LearningRate, WeightDecay: options.WeightDecay, DecayVectors: false)),
        _ => OptimizerSet.WithMuon(
            parameters, OptimizerSet.IsHidden, new MuonOptions(options.LearningRate, WeightDecay: options.WeightDecay), new AdamOptions(options.LearningRate), shards),
    };

    private static void Join(IEnumerable<float[]> pieces, float[] whole)
    {
        int at = 0;
        foreach (float[] piece in pieces)
        {
            piece.CopyTo(whole, at);
            at += piece.Length;
        }
    }
}
