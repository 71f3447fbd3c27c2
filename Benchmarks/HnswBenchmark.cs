using System.Diagnostics;
using System.Runtime.InteropServices;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Benchmarks;

/// <summary>
/// Builds, searches and filters the index on clustered vectors and prints recall@10, times and bytes.
/// `hnsw [--count 50000] [--dimensions 512] [--queries 1000] [--m 16] [--ef-construction 200] [--threads 2] [--intrinsic 24] [--spread 90] [--noise 40] [--dump DIR]`;
/// --intrinsic 0 is isotropic, spread and noise are in hundredths (see <see cref="HnswData"/>); --dump writes the same vectors and the exact answers for hnswlib_peer.py.
/// </summary>
public static class HnswBenchmark
{
    private const int K = 10;

    public static int Run(string[] args)
    {
        int Option(string name, int value) => Array.IndexOf(args, name) is >= 0 and var i ? int.Parse(args[i + 1]) : value;
        int count = Option("--count", 50_000);
        int dimensions = Option("--dimensions", 512);
        int queryCount = Option("--queries", 1000);
        int threads = Option("--threads", Environment.ProcessorCount);
        int intrinsic = Option("--intrinsic", 24);
        var options = new HnswOptions { M = Option("--m", 16), EfConstruction = Option("--ef-construction", 200) };

        var data = new HnswData(dimensions, 500, intrinsic, Option("--spread", 90) / 100f, Option("--noise", 40) / 100f);
        (float[] vectors, int[] clusters) = data.Draw(count);
        (float[] queries, _) = data.Draw(queryCount);
        Console.WriteLine($"{count} x {dimensions}, 500 clusters (greatest {clusters.GroupBy(c => c).Max(g => g.Count())}), "
            + $"{(intrinsic == 0 ? "isotropic" : $"{intrinsic} intrinsic directions")}, M {options.M}, efConstruction {options.EfConstruction}, {queryCount} queries");
        string path = Path.Combine(Path.GetTempPath(), $"hnsw-benchmark-{Environment.ProcessId}.ann");
        try
        {
            using var builder = new HnswBuilder(dimensions, options);
            for (int i = 0; i < count; i++)
            {
                builder.Add(i, vectors.AsSpan(i * dimensions, dimensions));
            }
            var watch = Stopwatch.StartNew();
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            builder.Build(threads);
            Console.WriteLine($"build, {threads} threads: {watch.Elapsed.TotalSeconds:F1} s, {(Environment.CpuUsage.TotalTime - cpu).TotalSeconds:F1} s of processor");
            watch.Restart();
            builder.Save(path, 1, "benchmark");
            Console.WriteLine($"save: {watch.Elapsed.TotalMilliseconds:F0} ms, {new FileInfo(path).Length:N0} bytes");
            Measure(path, queries, count, dimensions);
            if (Array.IndexOf(args, "--dump") is >= 0 and var at)
            {
                Dump(args[at + 1], path, vectors, queries, dimensions);
            }
        }
        finally
        {
            File.Delete(path);
        }
        return 0;
    }

    private static void Measure(string path, float[] queries, int count, int dimensions)
    {
        var watch = Stopwatch.StartNew();
        if (!HnswIndex.TryOpen(path, 1, "benchmark", out HnswIndex? index, out string reason))
        {
            throw new InvalidOperationException(reason);
        }
        using (index)
        {
            double full = watch.Elapsed.TotalMilliseconds;
            watch.Restart();
            HnswIndex.TryOpen(path, 1, "benchmark", out HnswIndex? quick, out _, verifyVectors: false);
            Console.WriteLine($"open: {full:F1} ms, without the vectors' checksums {watch.Elapsed.TotalMilliseconds:F1} ms");
            quick?.Dispose();
            HnswReport report = index.Validate();
            Console.WriteLine($"validate: {(report.IsSound ? "sound" : string.Join("; ", report.Problems))}, {report.MeanLinks:F1} links per node, "
                + $"{report.OneWay:P1} one way, layers {string.Join(" ", report.Layers)}");

            Console.WriteLine("mode    ef   recall@10    q/s (1 thread)");
            foreach (int ef in (int[])[10, 32, 64, 96, 128, 200, 400])
            {
                double recall = index.Recall(queries, K, ef, mode: HnswMode.Graph);
                string mark = ef == index.Options.EfSearch ? "   <- default" : "";
                Console.WriteLine($"graph {ef,4}   {recall:F4}   {Rate(index, queries, ef, HnswMode.Graph, default),10:F0}{mark}");
            }
            Console.WriteLine($"exact    -   1.0000   {Rate(index, queries, 0, HnswMode.Exact, default),10:F0}");

            Console.WriteLine("allowed      auto recall  q/s      graph recall  q/s      exact q/s");
            foreach (double share in (double[])[0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001])
            {
                var random = new Random(7);
                ulong[] allowed = new ulong[index.FilterLength];
                for (int i = 0; i < count; i++)
                {
                    allowed[i >> 6] |= random.NextDouble() < share ? 1UL << (i & 63) : 0;
                }
                ReadOnlySpan<float> few = queries.AsSpan(0, Math.Min(queries.Length, 200 * dimensions));
                Console.WriteLine($"{share,7:P1}      {index.Recall(few, K, 0, allowed):F4}  {Rate(index, few, 0, HnswMode.Auto, allowed),8:F0}      "
                    + $"{index.Recall(few, K, 0, allowed, HnswMode.Graph):F4}  {Rate(index, few, 0, HnswMode.Graph, allowed),8:F0}    "
                    + $"{Rate(index, few, 0, HnswMode.Exact, allowed),8:F0}");
            }
        }
    }

    /// <summary>Queries per second of processor time, so that what else runs on the machine counts less.</summary>
    private static double Rate(HnswIndex index, ReadOnlySpan<float> queries, int ef, HnswMode mode, ReadOnlySpan<ulong> allowed)
    {
        int[] places = new int[K];
        float[] scores = new float[K];
        double best = 0;
        for (int round = 0; round < 3; round++)
        {
            var watch = Stopwatch.StartNew();
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            int done = 0;
            for (int at = 0; at < queries.Length && watch.ElapsedMilliseconds < 3000; at += index.Dimensions, done++)
            {
                index.Search(queries.Slice(at, index.Dimensions), K, ef, places, scores, allowed, mode);
            }
            best = Math.Max(best, done / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        }
        return best;
    }

    /// <summary>vectors.f32 and queries.f32 [rows, dimensions], truth.i32 [queries, 10] and shape.txt.</summary>
    private static void Dump(string directory, string path, float[] vectors, float[] queries, int dimensions)
    {
        Directory.CreateDirectory(directory);
        HnswIndex.TryOpen(path, null, null, out HnswIndex? index, out _);
        using (index)
        {
            int[] truth = new int[queries.Length / dimensions * K];
            float[] scores = new float[K];
            for (int q = 0; q * dimensions < queries.Length; q++)
            {
                index!.Search(queries.AsSpan(q * dimensions, dimensions), K, 0, truth.AsSpan(q * K, K), scores, mode: HnswMode.Exact);
            }
            File.WriteAllBytes(Path.Combine(directory, "vectors.f32"), MemoryMarshal.AsBytes(vectors.AsSpan()));
            File.WriteAllBytes(Path.Combine(directory, "queries.f32"), MemoryMarshal.AsBytes(queries.AsSpan()));
            File.WriteAllBytes(Path.Combine(directory, "truth.i32"), MemoryMarshal.AsBytes(truth.AsSpan()));
            File.WriteAllText(Path.Combine(directory, "shape.txt"), $"{dimensions} {index!.Options.M} {index.Options.EfConstruction}\n");
        }
    }
}
