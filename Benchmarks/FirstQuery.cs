using System.Diagnostics;
using SoundSearch.Engine.Models;

namespace SoundSearch.Benchmarks;

/// <summary>
/// From the start of a process to its first text's vector, with a full-size model: `first-query [--folder DIR] [--int8]`. Each
/// of several new processes prints what its steps took; the file is in the system's cache from the second on.
/// </summary>
internal static class FirstQuery
{
    private const string Child = "first-query-child";

    public static int Run(string[] args)
    {
        int at = Array.IndexOf(args, "--folder");
        string folder = at >= 0 ? args[at + 1] : Path.Combine(Path.GetTempPath(), "soundsearch-encoders");
        FullSizeModel.Ensure(folder);
        for (int i = 0; i < 5; i++)
        {
            using var child = Process.Start(Environment.ProcessPath!, [.. Host(), Child, folder, .. args.Contains("--int8") ? ["int8"] : Array.Empty<string>()]);
            child.WaitForExit();
        }
        return 0;
    }

    public static int RunChild(string[] args)
    {
        DateTime start = Process.GetCurrentProcess().StartTime;
        var watch = Stopwatch.StartNew();
        double begun = (DateTime.Now - start).TotalMilliseconds;
        double Lap()
        {
            double time = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            return time;
        }
        using SoundModel model = SoundModel.Open(args[1], new EncoderOptions
        {
            Precision = args.Length > 2 ? Engine.Kernels.Precision.Int8 : Engine.Kernels.Precision.Float32,
        });
        double open = Lap();
        float[] embedding = new float[512];
        var text = model.Text;
        double tower = Lap();
        text.Encode(["heavy rain on a tin roof"], embedding);
        double first = Lap();
        text.Encode(["a dog barks far away"], embedding);
        double second = Lap();
        _ = model.Fingerprint;
        double fingerprint = Lap();
        Console.WriteLine(
            $"runtime {begun:F0} ms, open {open:F0}, tower {tower:F0}, first text {first:F0}, second {second:F0}, fingerprint {fingerprint:F0}: "
            + $"{begun + open + tower + first + fingerprint:F0} ms; processor {Environment.CpuUsage.TotalTime.TotalMilliseconds:F0} ms; "
            + $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB at most");
        return 0;
    }

    /// <summary>The program itself, when `dotnet` runs it.</summary>
    private static string[] Host() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "SoundSearch.Benchmarks.dll")] : [];
}
