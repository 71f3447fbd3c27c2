using System.Diagnostics;

namespace SoundSearch.Cli;

/// <summary>One line of progress on stderr: done, total, rate, time left. On a terminal it rewrites itself; in a log it comes every ten seconds.</summary>
internal sealed class ProgressLine(string unit)
{
    private static readonly bool Terminal = !Console.IsErrorRedirected;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Lock gate = new();
    private double lastShown = double.NegativeInfinity;
    private bool shown;

    /// <summary>The time left is reckoned from done and total.</summary>
    public void Show(long done, long total) => Show(done, total, done, total, "");

    /// <summary>The time left is reckoned from work done and in all, where the units are of unequal size.</summary>
    public void Show(long done, long total, long workDone, long work, string extra)
    {
        lock (gate)
        {
            double now = clock.Elapsed.TotalSeconds;
            if (now - lastShown < (Terminal ? 0.2 : 10) && done < total)
            {
                return;
            }
            lastShown = now;
            double rate = workDone / Math.Max(now, 1e-3);
            string left = rate > 0 && work > workDone ? $", {TimeSpan.FromSeconds((work - workDone) / rate):hh\\:mm\\:ss} left" : "";
            string line = $"{done:N0} of {total:N0} {unit}, {done / Math.Max(now, 1e-3):N0}/s{left}{extra}";
            Console.Error.Write(Terminal ? $"\r{line}\e[K" : line + Environment.NewLine);
            shown = true;
        }
    }

    /// <summary>Ends the line, so that what follows starts on its own.</summary>
    public void Finish()
    {
        if (shown && Terminal)
        {
            Console.Error.WriteLine();
        }
    }
}
