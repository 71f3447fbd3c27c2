using System.Diagnostics;
using System.Globalization;

namespace SoundSearch.Benchmarks;

/// <summary>Least time of a call, by the clock and by the processor, in milliseconds.</summary>
internal readonly record struct EncoderMeasure(double Wall, double Processor)
{
    /// <summary>At least 5 calls and 3 seconds: other programs can make a call slower, but never faster.</summary>
    public static EncoderMeasure Of(Action action)
    {
        action();
        double wall = double.MaxValue, processor = double.MaxValue;
        var total = Stopwatch.StartNew();
        for (int i = 0; i < 5 || total.Elapsed.TotalSeconds < 3; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            action();
            wall = Math.Min(wall, watch.Elapsed.TotalMilliseconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
        return new EncoderMeasure(wall, processor);
    }

    /// <summary>As the peers print it: two numbers.</summary>
    public static EncoderMeasure Parse(string wall, string processor) =>
        new(double.Parse(wall, CultureInfo.InvariantCulture), double.Parse(processor, CultureInfo.InvariantCulture));
}
