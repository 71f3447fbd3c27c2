using System.Globalization;

namespace SoundSearch.Training.Run;

/// <summary>
/// A run's figures as CSV (step, samples, seconds, then the recipe's columns; a missing value is an empty cell) and progress
/// with rate and time left for people. Opened again at a checkpoint's step, rows of later steps are dropped first, so a
/// resumed run's log reads as if it had never stopped.
/// </summary>
public sealed class TrainingLog : IDisposable
{
    private readonly StreamWriter file;
    private readonly string[] columns;
    private readonly TextWriter? progress;
    private readonly long totalSamples;
    private readonly double secondsBefore;
    private readonly long startedAt = Environment.TickCount64;
    private readonly long samplesBefore;

    /// <param name="path">The CSV file; made, or continued.</param>
    /// <param name="columns">Names after step, samples and seconds.</param>
    /// <param name="resumeStep">Rows after this step are dropped; 0 starts the file anew.</param>
    /// <param name="totalSamples">What the time left is reckoned to.</param>
    /// <param name="progress">Where people look, the standard error stream as a rule.</param>
    public TrainingLog(string path, IReadOnlyList<string> columns, long resumeStep, long totalSamples, TextWriter? progress)
    {
        (this.columns, this.totalSamples, this.progress) = ([.. columns], totalSamples, progress);
        string[] kept = resumeStep > 0 && File.Exists(path) ? [.. File.ReadLines(path).Skip(1).Where(line => StepOf(line) <= resumeStep)] : [];
        if (kept.Length > 0)
        {
            string[] last = kept[^1].Split(',');
            samplesBefore = long.Parse(last[1], CultureInfo.InvariantCulture);
            secondsBefore = double.Parse(last[2], CultureInfo.InvariantCulture);
        }
        file = new StreamWriter(path) { AutoFlush = true, NewLine = "\n" };
        file.WriteLine(string.Join(',', ["step", "samples", "seconds", .. columns]));
        Array.ForEach(kept, file.WriteLine);
    }

    /// <summary>Seconds of training, earlier runs included.</summary>
    public double Seconds => secondsBefore + (Environment.TickCount64 - startedAt) / 1000.0;

    /// <summary>Seconds of training that a finished log tells; 0 of one without rows.</summary>
    public static double SecondsIn(string path) =>
        File.ReadLines(path).Skip(1).LastOrDefault() is { } last ? double.Parse(last.Split(',')[2], CultureInfo.InvariantCulture) : 0;

    /// <summary>One row. NaN leaves a cell empty.</summary>
    public void Row(long step, long samples, params ReadOnlySpan<double> values)
    {
        if (values.Length != columns.Length)
        {
            throw new ArgumentException($"{columns.Length} values ({string.Join(", ", columns)}), found {values.Length}", nameof(values));
        }
        double seconds = Seconds;
        List<string> cells = [$"{step}", $"{samples}", seconds.ToString("0.0", CultureInfo.InvariantCulture)];
        List<string> shown = [];
        for (int i = 0; i < values.Length; i++)
        {
            string cell = double.IsNaN(values[i]) ? "" : values[i].ToString("G6", CultureInfo.InvariantCulture);
            cells.Add(cell);
            if (cell.Length > 0)
            {
                shown.Add($"{columns[i]} {values[i].ToString("G4", CultureInfo.InvariantCulture)}");
            }
        }
        file.WriteLine(string.Join(',', cells));
        double rate = (samples - samplesBefore) / Math.Max(seconds - secondsBefore, 1e-3);
        double left = rate > 0 ? Math.Max(totalSamples - samples, 0) / rate : 0;
        progress?.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"step {step}, {samples:N0} of {totalSamples:N0} samples, {rate:F0}/s, {TimeSpan.FromSeconds(Math.Min(left, 8.64e6)):d\\.hh\\:mm\\:ss} left: {string.Join(", ", shown)}"));
    }

    /// <summary>A line for people only.</summary>
    public void Say(string line) => progress?.WriteLine(line);

    public void Dispose() => file.Dispose();

    // A torn last line of a killed run has no step and goes.
    private static long StepOf(string line) =>
        long.TryParse(line.Split(',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long step) && line.Count(c => c == ',') >= 3 ? step : long.MaxValue;
}
