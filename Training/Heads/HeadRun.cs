using System.Globalization;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Heads;

/// <summary>
/// Trains a classifier on labelled sounds: its head alone, on vectors computed once; the tower's last blocks with it; or everything
/// (VIP-ANT's supervised figures, Zhao et al. 2022, section 5). What is frozen is run forward as in use, and gets no gradient.
/// </summary>
public sealed class HeadRun : IDisposable
{
    public const string WeightsName = "classifier.safetensors";

    private const float StatisticsMomentum = 0.01f;

    private readonly HeadOptions options;
    private readonly SoundClassifier classifier;
    private readonly ILabelledSounds sounds;
    private readonly int[] training;
    private readonly float[] vectors; // [sounds, width], the probe's
    private readonly EpochOrder order;
    private readonly Shards shards;
    private readonly HeadShard[] parts;
    private readonly ParameterSet headGradients;
    private readonly Linear headGradient;
    private readonly float[] inputs, targets, logits, dlogits; // the probe's
    private readonly IOptimizer optimizer;
    private readonly RunningMean mean;
    private readonly string recipe;

    /// <param name="options">The recipe.</param>
    /// <param name="classifier">Trained in place, its tower too unless the recipe is a probe.</param>
    /// <param name="sounds">Of as many classes as the classifier.</param>
    /// <param name="training">Those to learn from, at least one batch.</param>
    /// <param name="vectors">Probe: the classifier's vectors of all the sounds, if somebody has them already.</param>
    /// <exception cref="ArgumentException">The recipe cannot be run on this.</exception>
    public HeadRun(HeadOptions options, SoundClassifier classifier, ILabelledSounds sounds, IReadOnlyList<int> training, float[]? vectors = null)
    {
        Check(options, classifier, sounds, training);
        (this.options, this.classifier, this.sounds, this.training) = (options, classifier, sounds, [.. training]);
        bool probe = options.Scope == HeadScope.Probe;
        recipe = string.Create(
            CultureInfo.InvariantCulture,
            $"{options.ToJson()} on {training.Count} sounds of {sounds.Classes.Count} classes {IndexedFileKind.Crc(MemoryMarshal.AsBytes(this.training.AsSpan())):x8}, tower {IndexedFileKind.Crc(MemoryMarshal.AsBytes(classifier.Tower.Parameters.Values)):x8}");
        order = new EpochOrder(training.Count, options.Batch, options.Seed);
        shards = new Shards(probe ? 1 : options.Shards);
        parts = probe ? [] : [.. Enumerable.Range(0, options.Shards).Select(_ => new HeadShard(options, classifier, sounds, options.Batch / options.Shards))];
        headGradients = probe ? classifier.Parameters.ZerosLike() : parts[0].HeadGradients;
        headGradient = classifier.Over(headGradients);
        this.vectors = !probe ? [] : vectors ?? classifier.Vectors(sounds, [.. Enumerable.Range(0, sounds.Count)]);
        int rows = probe ? options.Batch : 0;
        inputs = new float[rows * classifier.Width];           // [batch, width]
        targets = new float[rows * classifier.Head.Outputs];   // [batch, classes]
        logits = new float[rows * classifier.Head.Outputs];    // [batch, classes]
        dlogits = new float[rows * classifier.Head.Outputs];   // [batch, classes]

        IReadOnlyList<Parameter> head = Parameter.Of(classifier.Parameters, headGradients);
        Parameter[] tower = probe ? [] : [.. Parameter.Of(classifier.Tower.Parameters, parts[0].TowerGradients).Where(p => IsTrained(p.Name))];
        var forHead = new AdamW(head, new AdamOptions(options.HeadRate, WeightDecay: options.WeightDecay, DecayVectors: false));
        optimizer = probe
            ? forHead
            : new OptimizerSet(forHead, new AdamW(tower, new AdamOptions(options.TowerRate, WeightDecay: options.WeightDecay, DecayVectors: false)));
        mean = new RunningMean([.. head, .. tower], options.MeanDecay);
    }

    /// <summary>
    /// Trains to the end of the recipe, from the folder's checkpoint if there is one; false if it was cancelled. The classifier then has
    /// the kept weights, the running mean's: those of the best validation, or of the end where there is none.
    /// </summary>
    /// <param name="folder">Gets checkpoint, log and the kept weights as <see cref="WeightsName"/>.</param>
    /// <param name="validation">Sounds to choose the best epoch by; never those that the classifier is tested on. Empty: no choice.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Ends the run; the next call goes on bit for bit.</param>
    /// <exception cref="ArgumentException">Patience without anything to validate on.</exception>
    /// <exception cref="FileFormatException">The folder's checkpoint is of another recipe, of other sounds or of another tower.</exception>
    public bool Run(string folder, IReadOnlyList<int> validation, TextWriter? progress, CancellationToken cancellation)
    {
        if (options.Patience > 0 && validation.Count == 0)
        {
            throw new ArgumentException("Patience needs sounds to validate on.", nameof(validation));
        }
        long steps = order.StepsPerEpoch * options.Epochs;
        var schedule = new CosineSchedule((long)(options.WarmupEpochs * order.StepsPerEpoch), steps, options.Floor);
        string figure = options.Loss == HeadLoss.Softmax ? "accuracy" : "mAP";
        int epoch = (int)order.StepsPerEpoch, some = epoch * Math.Max(1, options.Epochs / 10);
        var loop = new TrainingLoop(
            new LoopOptions
            {
                Folder = folder,
                Recipe = recipe,
                Steps = steps,
                Batch = options.Batch,
                Rate = schedule.At,
                Losses = ["loss"],
                Figures = [validation.Count > 0 ? figure : $"{figure} of training"],
                Patience = options.Patience,
                LogEvery = some,
                ValidateEvery = validation.Count > 0 ? epoch : (int)Math.Min(steps, int.MaxValue),
                CheckpointEvery = some,
            },
            options.Scope == HeadScope.Probe ? classifier.Parameters.Tensors : [.. classifier.Tower.Parameters.Tensors, .. classifier.Parameters.Tensors],
            optimizer, mean);
        string weights = Path.Combine(folder, WeightsName);
        bool finished = loop.Run(
            Step, () => [Figure(validation.Count > 0 ? validation : training)], () => classifier.Save(weights, tower: options.Scope != HeadScope.Probe), progress, cancellation);
        if (finished)
        {
            classifier.Load(weights);
        }
        return finished;
    }

    /// <summary>The classifier's logits, [items, classes].</summary>
    public SimilarityMatrix Scores(IReadOnlyList<int> items) =>
        classifier.Scores(options.Scope == HeadScope.Probe ? Gather(items, new float[items.Count * classifier.Width]) : classifier.Vectors(sounds, items));

    public void Dispose() => shards.Dispose();

    private static void Check(HeadOptions options, SoundClassifier classifier, ILabelledSounds sounds, IReadOnlyList<int> training)
    {
        int layers = classifier.Tower.Shape.Layers;
        string? wrong =
            options.Batch < 1 || options.Shards < 1 || options.Batch % options.Shards != 0 ? $"a batch of {options.Batch} cannot be computed in {options.Shards} equal parts"
            : options.Epochs < 1 ? $"{options.Epochs} epochs are none"
            : training.Count < options.Batch ? $"there are {training.Count} sounds to learn from, fewer than a batch of {options.Batch}"
            : sounds.Classes.Count != classifier.Head.Outputs ? $"the sounds have {sounds.Classes.Count} classes, the head {classifier.Head.Outputs}"
            : options.Input != classifier.Input ? $"the head reads {classifier.Input}, not {options.Input}"
            : options.Scope == HeadScope.LastBlocks && (options.Blocks < 1 || options.Blocks > layers) ? $"the tower has {layers} blocks, so its last {options.Blocks} cannot be trained"
            : options.Loss == HeadLoss.Softmax && training.Any(i => Labels(sounds.Target(i)) != 1) ? "softmax takes sounds of exactly one label"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"The recipe cannot be run: {wrong}.", nameof(options));
        }
    }

    private static int Labels(ReadOnlySpan<float> target) => target.Length - target.Count(0f);

    /// <summary>Whether one of the tower's parameters is: the projection only where the head reads what it makes.</summary>
    private bool IsTrained(string name)
    {
        const string Blocks = "encoder.resblocks.";
        if (name == "post_encoder.proj")
        {
            return options.Input == HeadInput.Embedding;
        }
        if (options.Scope == HeadScope.All || name.StartsWith("post_encoder.", StringComparison.Ordinal))
        {
            return true;
        }
        return name.StartsWith(Blocks, StringComparison.Ordinal)
            && int.Parse(name.AsSpan(Blocks.Length, name.IndexOf('.', Blocks.Length) - Blocks.Length), CultureInfo.InvariantCulture) >= classifier.Tower.Shape.Layers - options.Blocks;
    }

    /// <summary>The trained parameters; after a step, with its gradients.</summary>
    internal IReadOnlyList<Parameter> Parameters => optimizer.Parameters;

    /// <summary>Loss and gradients of a step.</summary>
    internal double[] Step(long step)
    {
        int[] items = new int[options.Batch];
        ReadOnlySpan<int> chosen = order.Items(step);
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = training[chosen[i]];
        }
        if (options.Scope == HeadScope.Probe)
        {
            return [ProbeStep(items)];
        }
        int part = options.Batch / parts.Length;
        ulong draw = options.Seed * 0x9E3779B97F4A7C15 + (ulong)step;
        int passes = parts[0].Passes;
        for (int pass = 0; pass < passes; pass++)
        {
            shards.Run(s => parts[s].Run(pass, items.AsSpan(s * part, part), draw, options.Batch));
            if (options.Scope == HeadScope.All)
            {
                RunningStatistics.Update(classifier.Tower, [.. parts.Select(p => p.Buffers)], StatisticsMomentum / passes);
            }
        }
        shards.Sum([.. parts.Select(p => p.TowerGradients)]);
        shards.Sum([.. parts.Select(p => p.HeadGradients)]);
        return [parts.Sum(p => p.Loss)];
    }

    private double ProbeStep(int[] items)
    {
        int classes = classifier.Head.Outputs;
        Gather(items, inputs);
        for (int i = 0; i < items.Length; i++)
        {
            sounds.Target(items[i]).CopyTo(targets.AsSpan(i * classes, classes));
        }
        classifier.Head.Forward(inputs, logits, items.Length, training: true);
        double loss = HeadShard.Measure(options.Loss, logits, targets, dlogits, items.Length, 1f / items.Length);
        headGradients.Values.Clear();
        LinearBackward.Run(classifier.Head, headGradient, dlogits, inputs, default, items.Length);
        return loss;
    }

    private float[] Gather(IReadOnlyList<int> items, float[] rows)
    {
        int width = classifier.Width;
        for (int i = 0; i < items.Count; i++)
        {
            vectors.AsSpan(items[i] * width, width).CopyTo(rows.AsSpan(i * width));
        }
        return rows;
    }

    private double Figure(IReadOnlyList<int> items)
    {
        SimilarityMatrix scores = Scores(items);
        return options.Loss == HeadLoss.Softmax
            ? Classification.Measure(scores, [.. items.Select(i => sounds.Target(i).IndexOf(1f))], sounds.Classes).Accuracy
            : AveragePrecision.Mean(AveragePrecision.PerClass(scores, (row, label) => sounds.Target(items[row])[label] > 0));
    }
}
