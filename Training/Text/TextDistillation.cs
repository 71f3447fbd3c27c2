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
    public const string CheckpointFile = "checkpoint.safetensors", LogFile = "log.csv";

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
    private long step;

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
        string checkpoint = Path.Combine(options.OutputFolder, CheckpointFile);
        if (File.Exists(checkpoint))
        {
            Resume(checkpoint);
        }
        using var log = new TrainingLog(
            Path.Combine(options.OutputFolder, LogFile), ["loss", "cosineLoss", "kl", "rate", "gradientNorm", "cosine", "labelAgreement", "labelCosine", "promptCosine"],
            step, options.Samples, options.Progress);
        log.Say($"{teacher.Count - heldOut.Length:N0} texts to train on, {heldOut.Length:N0} held out, {tokens.Average(t => t.Length):F1} tokens each, {tower.Parameters.Values.Length:N0} parameters");
        var schedule = new CosineSchedule(options.Warmup, options.Steps);
        TextFigures? figures = null;
        double cosine = 0, kl = 0, norm = 0;
        int summed = 0;
        while (step < options.Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save(checkpoint);
                cancellation.ThrowIfCancellationRequested();
            }
            double rate = schedule.At(step + 1);
            norm += Step(rate);
            cosine += parts.Sum(p => p.Cosine);
            kl += parts.Sum(p => p.Divergence);
            summed++;
            bool validate = step % options.ValidateEvery == 0 || step == options.Steps;
            if (validate)
            {
                figures = Validate(log);
                Save(checkpoint);
            }
            if (validate || step % 50 == 0)
            {
                log.Row(
                    step, step * options.Batch, (cosine + kl) / summed, cosine / summed, kl / summed, rate * options.LearningRate, norm / summed,
                    validate ? figures!.Cosine : double.NaN, validate ? figures!.LabelAgreement : double.NaN,
                    validate ? figures!.LabelCosine : double.NaN, validate ? figures!.PromptCosine : double.NaN);
                (cosine, kl, norm, summed) = (0, 0, 0, 0);
            }
        }
        figures ??= Validate(log); // resumed after the last step
        mean.Exchange();
        TextModel.Save(options.OutputFolder, tower.Parameters, tower.Shape, new Dictionary<string, string>
        {
            ["samples"] = (step * options.Batch).ToString(CultureInfo.InvariantCulture),
            ["recipe"] = options.Recipe,
            ["figures"] = figures.ToString(),
        });
        mean.Exchange();
        return figures;
    }

    /// <summary>One update; returns the gradient's norm before clipping.</summary>
    private double Step(double rate)
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
        double norm = Parameter.ClipGradients(parameters, MaxGradientNorm);
        if (!double.IsFinite(norm))
        {
            throw new InvalidOperationException($"The gradient is {norm} at step {step}: lower the learning rate. The last checkpoint is good.");
        }
        optimizer.Step(rate);
        mean.Update();
        step++;
        return norm;
    }

    private TextFigures Validate(TrainingLog log)
    {
        mean.Exchange();
        // A new tower: packed weights are made at first use.
        TextFigures figures = TextFigures.Measure(new TextModel(new TextTower(tower.Parameters.With(EncoderOptions.Default), tower.Shape), tokenizer), teacher, heldOut);
        mean.Exchange();
        log.Say($"validation: {figures}");
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

    private void Save(string path) => Checkpoint.Save(
        path, [.. parameters.Select(p => p.Tensor), .. optimizer.State, .. mean.State],
        new Dictionary<string, string>
        {
            ["recipe"] = options.Recipe,
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
            ["updates"] = mean.Updates.ToString(CultureInfo.InvariantCulture),
        });

    private void Resume(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path);
        checkpoint.Expect("recipe", options.Recipe);
        checkpoint.Restore([.. parameters.Select(p => p.Tensor), .. optimizer.State, .. mean.State]);
        step = checkpoint.Number("step");
        optimizer.Steps = step;
        mean.Updates = checkpoint.Number("updates");
    }
}
