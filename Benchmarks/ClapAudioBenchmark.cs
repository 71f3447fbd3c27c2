using System.Diagnostics;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Benchmarks;

/// <summary>
/// CLAP's audio tower at the public models' size with random weights, on one thread: milliseconds per window of 10 s, and per
/// sound of 20 s that a fused tower hears as a whole. Least of several calls, by the clock and by the processor.
/// </summary>
internal static class ClapAudioBenchmark
{
    public static void Run(TextWriter output)
    {
        output.WriteLine("| tower | windows at once | front end, clock | processor | encoder, clock | processor |");
        output.WriteLine("|---|---|---|---|---|---|");
        foreach (bool fused in new[] { false, true })
        {
            var features = new ClapFeatures(new ClapFeatureRecipe { Fused = fused });
            int length = fused ? 2 * features.Recipe.WindowSamples : features.Recipe.WindowSamples;
            var shape = new ClapAudioShape { Fused = fused };
            var encoder = new ClapAudioEncoder(new ClapAudioTower(Random(shape), shape), features, length);
            var random = new Random(2);
            float[] sound = [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f)];
            float[] spectrogram = new float[features.Channels * features.Frames * features.Bins];
            (double wall, double processor) front = Least(() =>
            {
                if (fused)
                {
                    features.ExtractFused(sound, spectrogram);
                }
                else
                {
                    features.Extract(sound, spectrogram);
                }
            });
            foreach (int count in new[] { 1, 8 })
            {
                ReadOnlyMemory<float>[] windows = [.. Enumerable.Repeat<ReadOnlyMemory<float>>(sound, count)];
                float[] embeddings = new float[count * encoder.Dimensions];
                (double wall, double processor) = Least(() => encoder.Encode(windows, embeddings));
                output.WriteLine(FormattableString.Invariant(
                    $"| {(fused ? "fused, 20 s" : "unfused, 10 s")} | {count} | {front.wall:F1} | {front.processor:F1} | {wall / count:F0} | {processor / count:F0} |"));
            }
        }
    }

    private static (double Wall, double Processor) Least(Action action)
    {
        action();
        (double wall, double processor) = (double.MaxValue, double.MaxValue);
        var total = Stopwatch.StartNew();
        for (int i = 0; i < 5 || total.Elapsed.TotalSeconds < 3; i++)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            action();
            wall = Math.Min(wall, watch.Elapsed.TotalMilliseconds);
            processor = Math.Min(processor, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
        return (wall, processor);
    }

    private static ParameterSet Random(ClapAudioShape shape)
    {
        var random = new Random(1);
        var set = new ParameterSet(shape.Layout());
        foreach (Engine.Formats.Tensor tensor in set.Tensors)
        {
            bool vector = tensor.Shape.Length == 1;
            float deviation = vector ? 0.1f : 1 / MathF.Sqrt(tensor.Shape[^1]);
            float middle = vector && !tensor.Name.EndsWith("bias", StringComparison.Ordinal) && !tensor.Name.EndsWith("mean", StringComparison.Ordinal) ? 1 : 0;
            foreach (ref float value in tensor.Span)
            {
                value = middle + (random.NextSingle() * 2 - 1) * deviation;
            }
        }
        return set;
    }
}
