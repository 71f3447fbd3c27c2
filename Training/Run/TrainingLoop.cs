using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Optimizers;

namespace SoundSearch.Training.Run;

/// <summary>
/// What every run does around its steps: rows of the log, validation with the running mean of the weights, checkpoints, going on
/// from one bit for bit, stopping when asked or when validation no longer gets better.
/// </summary>
public sealed class TrainingLoop
{
    public const string CheckpointName = "checkpoint.safetensors", LogName = "log.csv";

    private readonly LoopOptions options;
    private readonly IReadOnlyList<Tensor> weights;
    private readonly IOptimizer optimizer;
    private readonly RunningMean mean;

    /// <param name="options">How long and how often.</param>
    /// <param name="weights">All that is trained or, as batch norm's statistics, follows the training.</param>
    /// <param name="optimizer">Its state is saved with them.</param>
    /// <param name="mean">Likewise.</param>
    public TrainingLoop(LoopOptions options, IReadOnlyList<Tensor> weights, IOptimizer optimizer, RunningMean mean) =>
        (this.options, this.weights, this.optimizer, this.mean) = (options, weights, optimizer, mean);

    /// <summary>Figures of the best validation so far, in the order of <see cref="LoopOptions.Figures"/>; empty before the first.</summary>
    public double[] Best { get; private set; } = [];

    /// <summary>The step after which they were measured.</summary>
    public long BestStep { get; private set; }

    /// <summary>Runs to the end of the schedule, or until patience is over; returns false if it was cancelled before.</summary>
    /// <param name="step">Makes step 0, 1, ... and returns its losses.</param>
    /// <param name="validate">Called with the running mean in place; returns the figures.</param>
    /// <param name="keep">Called with the running mean in place when validation was the best so far, or at each (<see cref="LoopOptions.KeepLast"/>).</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Writes a checkpoint and ends the run.</param>
    /// <exception cref="FileFormatException">The folder's checkpoint is of another recipe.</exception>
    /// <exception cref="InvalidOperationException">A loss is no number any more.</exception>
    public bool Run(Func<long, double[]> step, Func<double[]> validate, Action keep, TextWriter? progress, CancellationToken cancellation)
    {
        Directory.CreateDirectory(options.Folder);
        string checkpoint = Path.Combine(options.Folder, options.CheckpointName);
        long done = File.Exists(checkpoint) ? Restore(checkpoint) : 0;
        using var log = new TrainingLog(
            Path.Combine(options.Folder, options.LogName), [.. options.Losses, "rate", .. options.Figures], done, options.Steps * options.Batch, progress);
        double[] sums = new double[options.Losses.Count];
        int summed = 0;
        while (done < options.Steps && !OutOfPatience(done))
        {
            if (cancellation.IsCancellationRequested)
            {
                Save(checkpoint, done);
                return false;
            }
            if (options.Branch is { } branch && branch.Step == done)
            {
                Save(Path.Combine(options.Folder, branch.Name), done);
            }
            double rate = options.Rate(done);
            double[] losses = step(done);
            optimizer.Step(rate);
            mean.Update();
            done++;
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += double.IsFinite(losses[i])
                    ? losses[i]
                    : throw new InvalidOperationException($"The loss '{options.Losses[i]}' is {losses[i]} at step {done}: lower the learning rate. The last checkpoint is good.");
            }
            summed++;
            bool validated = done % options.ValidateEvery == 0 || done == options.Steps;
            if (validated || done % options.LogEvery == 0)
            {
                double[] figures = validated ? Validate(done, validate, keep) : [.. options.Figures.Select(_ => double.NaN)];
                log.Row(done, done * options.Batch, [.. sums.Select(s => s / summed), rate, .. figures]);
                Array.Clear(sums);
                summed = 0;
            }
            if (done % options.CheckpointEvery == 0 || done == options.Steps)
            {
                Save(checkpoint, done);
            }
        }
        return true;
    }

    private bool OutOfPatience(long done) => options.Patience > 0 && Best.Length > 0 && done - BestStep >= options.Patience * options.ValidateEvery;

    private double[] Validate(long done, Func<double[]> validate, Action keep)
    {
        mean.Exchange();
        double[] figures = validate();
        if (Best.Length == 0 || figures[options.Decisive] > Best[options.Decisive])
        {
            (Best, BestStep) = (figures, done);
            if (!options.KeepLast)
            {
                keep();
            }
        }
        if (options.KeepLast)
        {
            keep();
        }
        mean.Exchange();
        return figures;
    }

    private IReadOnlyList<Tensor> State => [.. weights, .. optimizer.State, .. mean.State];

    private void Save(string path, long done) => Checkpoint.Save(path, State, new Dictionary<string, string>
    {
        [options.RecipeKey] = options.Recipe,
        ["step"] = Text(done),
        ["mean.updates"] = Text(mean.Updates),
        ["best.step"] = Text(BestStep),
        ["best"] = string.Join(' ', Best.Select(b => b.ToString("R", CultureInfo.InvariantCulture))),
    });

    private long Restore(string path)
    {
        using Checkpoint saved = Checkpoint.Open(path);
        saved.Expect(options.RecipeKey, options.Recipe);
        saved.Restore(State);
        optimizer.Steps = saved.Number("step");
        mean.Updates = saved.Number("mean.updates");
        BestStep = saved.Number("best.step");
        Best = [.. saved.Value("best").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(b => double.Parse(b, CultureInfo.InvariantCulture))];
        return optimizer.Steps;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
