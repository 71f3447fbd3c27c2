using System.Globalization;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Training.Text;

/// <summary>
/// Distils a sentence teacher's vectors into a small CLIP text tower: loss 3 (1 - cos) + KL between the in-batch softmaxes of
/// teacher-to-teacher and student-to-teacher cosines; Muon on the blocks' matrices, AdamW on the rest, cosine to 1 %; the running
/// mean of the weights is what is validated and kept. Stopped at any time it goes on from its last checkpoint, bit for bit.
/// </summary>
public sealed class TextDistillation : IDisposable
{
    private const double MaxMeanDecay = 0.998, MaxGradientNorm = 5, AdamDecay = 0.01, MuonDecay = 0.05;

    private readonly TextDistillationOptions options;
    private readonly TeacherTexts teacher;
    private readonly ClipTokenizer tokenizer;
    private readonly int[][] tokens;
    private readonly int[] heldOut;
    private readonly TextBatches batches;
    private readonly TextTower tower;
    private readonly Shards shards;
    private readonly TextShard[] parts;
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly IOptimizer optimizer;
    private readonly RunningMean mean;
    private readonly float[] targets;

    private TextDistillation(TextDistillationOptions options)
    {
        this.options = options;
        Directory.CreateDirectory(options.OutputFolder);
        teacher = TeacherTexts.Load(options.TeacherFolder);
        int[] all = [.. Enumerable.Range(0, teacher.Count)];
        ILookup<bool, int> split = all.ToLookup(i => teacher.IsHeldOut(i, options.HeldOut));
        heldOut = [.. split[true]];
        tokenizer = Tokenizer(split[false]);
        tokens = [.. teacher.Texts.Select(t => tokenizer.EncodeWithEnds(t, options.Context))];
        batches = new TextBatches(split[false], i => tokens[i].Length, options.Batch, options.Seed);

        TextTowerShape shape = options.Shape(tokenizer.VocabularySize, teacher.Width);
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, (int)options.Seed);
        tower = new TextTower(weights.With(options.Precision.Options()), shape);
        shards = new Shards(options.Shards);
        int rows = (options.Batch + options.Shards - 1) / options.Shards;
        parts = [.. Enumerable.Range(0, options.Shards).Select(_ => new TextShard(tower, rows, tokens.Max(t => t.Length), options.Batch, options.Temperature, options.Accumulate))];
        parameters = Parameter.Of(weights, parts[0].Gradients);
        optimizer = Optimizer();
        // The mean reaches back over a twentieth of a short run, not over the rates of its middle.
        mean = new RunningMean(parameters, Math.Clamp(1 - 20.0 / Math.Max(options.Steps, 1), 0, MaxMeanDecay));
        targets = new float[options.Batch * teacher.Width];
    }

    /// <summary>Trains to the end of the schedule, from the checkpoint in the output folder if there is one.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint is written, the next call goes on from there.</exception>
    public static TextFigures Run(TextDistillationOptions options, CancellationToken cancellation)
    {
        using var run = new TextDistillation(options);
        return run.Train(cancellation);
    }

    public void Dispose() => shards.Dispose();

    private TextFigures Train(CancellationToken cancellation)
    {
        options.Progress?.WriteLine($"{teacher.Count - heldOut.Length:N0} texts to train on, {heldOut.Length:N0} held out, {tokens.Average(t => t.Length):F1} tokens each, {tower.Parameters.Values.Length:N0} parameters");
        var schedule = new CosineSchedule(options.Warmup, options.Steps);
        var loop = new TrainingLoop(
            new LoopOptions
            {
                Folder = options.OutputFolder,
                Recipe = options.Recipe,
                Steps = options.Steps,
                Batch = options.Batch,
                Rate = step => schedule.At(step + 1),
                Losses = ["loss", "cosineLoss", "kl", "gradientNorm"],
                Figures = ["cosine", "labelAgreement", "labelCosine", "promptCosine"],
                ValidateEvery = options.ValidateEvery,
                CheckpointEvery = options.ValidateEvery,
            },
            [.. parameters.Select(p => p.Tensor)], optimizer, mean);
        TextFigures? figures = null;
        bool finished = loop.Run(
            Step,
            () =>
            {
                figures = Measure();
                return [figures.Cosine, figures.LabelAgreement, figures.LabelCosine, figures.PromptCosine];
            },
            () => { }, // the model is written at the end only: that it is there says that this is over
            options.Progress, cancellation);
        if (!finished)
        {
            throw new OperationCanceledException(cancellation);
        }
        mean.Exchange();
        figures ??= Measure(); // resumed after the last step
        TextModel.Save(options.OutputFolder, tower.Parameters, tower.Shape, new Dictionary<string, string>
        {
            ["samples"] = (options.Steps * options.Batch).ToString(CultureInfo.InvariantCulture),
            ["recipe"] = options.Recipe,
            ["figures"] = figures.ToString(),
        });
        mean.Exchange();
        return figures;
    }

    /// <summary>Losses of a step, the batch's means, and its gradient's norm before clipping.</summary>
    private double[] Step(long step)
    {
        int[] batch = [.. batches.At(step)];
        int width = teacher.Width, rows = (batch.Length + parts.Length - 1) / parts.Length;
        for (int i = 0; i < batch.Length; i++)
        {
            teacher.Embedding(batch[i], targets.AsSpan(i * width, width));
        }
        shards.Run(s =>
        {
            int first = Math.Min(s * rows, batch.Length), count = Math.Min(rows, batch.Length - first);
            int[][] ids = [.. batch.Skip(first).Take(count).Select(i => tokens[i])];
            parts[s].Step(ids, targets, first, batch.Length);
        });
        shards.Sum([.. parts.Select(p => p.Gradients)]);
        double norm = Parameter.ClipGradients(parameters, MaxGradientNorm), cosine = parts.Sum(p => p.Cosine), divergence = parts.Sum(p => p.Divergence);
        return [cosine + divergence, cosine, divergence, norm];
    }

    private TextFigures Measure()
    {
        // A new tower: packed weights are made at first use.
        TextFigures figures = TextFigures.Measure(new TextModel(new TextTower(tower.Parameters.With(EncoderOptions.Default), tower.Shape), tokenizer), teacher, heldOut);
        options.Progress?.WriteLine($"validation: {figures}");
        return figures;
    }

    private ClipTokenizer Tokenizer(IEnumerable<int> texts)
    {
        string path = Path.Combine(options.OutputFolder, TextModel.MergesFile);
        if (!File.Exists(path))
        {
            BpeTrainer.Write(path, BpeTrainer.Train(texts.Select(i => teacher.Texts[i]), options.Vocabulary));
        }
        return ClipTokenizer.Load(path);
    }

    private IOptimizer Optimizer()
    {
        var adam = new AdamOptions(options.LearningRate, Beta2: 0.98, WeightDecay: AdamDecay, DecayVectors: false);
        return options.MuonRate > 0
            ? OptimizerSet.WithMuon(parameters, OptimizerSet.IsOfBlock, new MuonOptions(options.MuonRate, WeightDecay: MuonDecay), adam, shards)
            : new AdamW(parameters, adam);
    }
}
