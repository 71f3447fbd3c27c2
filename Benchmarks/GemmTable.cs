using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Benchmarks;

/// <summary>GFLOP/s of the product kernels, in one table: the best of several rounds, so that a neighbour's load matters little.</summary>
internal static class GemmTable
{
    private static readonly (int M, int N, int K)[] Shapes =
    [
        (304, 3072, 768), (304, 768, 3072), (400, 1024, 256), (400, 256, 1024), (6400, 16, 9), (6400, 32, 144), (1600, 64, 288),
        (400, 256, 1024), (400, 527, 256), (50, 768, 256), (10, 1024, 256), (10, 1536, 512), (10, 512, 2048), (1, 1024, 256), (1, 3072, 768),
    ];

    public static void Print(TextWriter output)
    {
        bool oneDnn = OneDnn.Supports(Precision.Float32);
        output.WriteLine($"register-only multiply-add, one core: {Peak():F0} GFLOP/s; oneDNN {OneDnn.Version?.ToString() ?? "not installed"}");
        output.WriteLine("weights packed, with bias; columns: managed float32 on 1 and 2 threads, int8 on 1; oneDNN float32 on 1 and 2, bfloat16 and int8 on 1;");
        output.WriteLine("then managed without packed weights, and the gradient dW = dY^T X, managed and oneDNN float32");
        output.WriteLine("     m     n     k | managed x2       int8 | oneDNN x2     |   bf16    int8 | general |     dW  oneDNN");
        foreach ((int m, int n, int k) in Shapes)
        {
            float[] a = Random(m * k), w = Random(n * k), c = new float[m * n], bias = Random(n), dw = new float[n * k];
            double flops = 2.0 * m * n * k;
            double Packed(GemmProvider provider, Precision precision, int threads)
            {
                if (provider == GemmProvider.OneDnn && !OneDnn.Supports(precision))
                {
                    return double.NaN;
                }
                PackedMatrix packed = Gemm.Pack(w, n, k, provider, precision);
                return Best(flops, () => Gemm.Multiply(a, k, packed, bias, c, n, m, 0, threads), threads);
            }
            double Gradient(GemmProvider provider) => provider == GemmProvider.OneDnn && !oneDnn
                ? double.NaN
                : Best(flops, () => Gemm.Multiply(provider, Precision.Float32, c, n, true, a, k, false, dw, k, n, k, m));
            double general = Best(flops, () => Gemm.Multiply(a, k, false, w, k, true, c, n, m, n, k));
            output.WriteLine(
                $"{m,6}{n,6}{k,6} | {Packed(GemmProvider.Managed, Precision.Float32, 1),6:F1} {Packed(GemmProvider.Managed, Precision.Float32, 2),6:F1}  {Packed(GemmProvider.Managed, Precision.Int8, 1),6:F1} "
                + $"| {Packed(GemmProvider.OneDnn, Precision.Float32, 1),6:F1} {Packed(GemmProvider.OneDnn, Precision.Float32, 2),6:F1} "
                + $"| {Packed(GemmProvider.OneDnn, Precision.BFloat16, 1),6:F1}  {Packed(GemmProvider.OneDnn, Precision.Int8, 1),6:F1} "
                + $"| {general,7:F1} | {Gradient(GemmProvider.Managed),6:F1}  {Gradient(GemmProvider.OneDnn),6:F1}");
        }
    }

    internal static float[] Random(int length)
    {
        Random random = new(1);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }
        return values;
    }

    /// <summary>
    /// Best rate in 1e9 units per second over 25 rounds of some 3 ms. With one thread the thread's own processor time counts, so that
    /// other programs cost only what they do to the caches; with more it is the wall clock, and the machine has to be idle.
    /// </summary>
    internal static double Best(double units, Action action, int threads = 1)
    {
        int repeats = 1;
        double best = 0;
        action();
        for (int round = 0; round < 25; round++)
        {
            double start = Seconds(threads);
            for (int i = 0; i < repeats; i++)
            {
                action();
            }
            double seconds = Math.Max(1e-9, Seconds(threads) - start);
            best = Math.Max(best, units * repeats / seconds / 1e9);
            if (seconds < 0.002)
            {
                repeats = (int)Math.Min(1e6, repeats * Math.Clamp(0.003 / seconds, 1.2, 1000));
            }
        }
        return best;
    }

    private static double Seconds(int threads)
    {
        const int linuxThreadCpuTime = 3;
        return threads == 1 && OperatingSystem.IsLinux() && clock_gettime(linuxThreadCpuTime, out Time time) == 0
            ? time.Seconds + time.Nanoseconds * 1e-9
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    [DllImport("libc")]
    private static extern int clock_gettime(int clock, out Time time);

    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>What one core can do at most: twelve independent chains of multiply-adds that never leave the registers.</summary>
    internal static double Peak() =>
        Vector512.IsHardwareAccelerated ? Best(2.0 * 16 * 24 * 100_000, () => Chains512(100_000)) : Best(2.0 * 8 * 12 * 100_000, () => Chains256(100_000));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chains256(int n)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(0.001f);
        Vector256<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (; n > 0; n--)
        {
            a = Vector256.MultiplyAddEstimate(a, x, y);
            b = Vector256.MultiplyAddEstimate(b, x, y);
            c = Vector256.MultiplyAddEstimate(c, x, y);
            d = Vector256.MultiplyAddEstimate(d, x, y);
            e = Vector256.MultiplyAddEstimate(e, x, y);
            f = Vector256.MultiplyAddEstimate(f, x, y);
            g = Vector256.MultiplyAddEstimate(g, x, y);
            h = Vector256.MultiplyAddEstimate(h, x, y);
            i = Vector256.MultiplyAddEstimate(i, x, y);
            j = Vector256.MultiplyAddEstimate(j, x, y);
            k = Vector256.MultiplyAddEstimate(k, x, y);
            l = Vector256.MultiplyAddEstimate(l, x, y);
        }
        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Chains512(int n)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(0.001f);
        Vector512<float> a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (; n > 0; n--)
        {
            for (int twice = 0; twice < 2; twice++)
            {
                a = Vector512.MultiplyAddEstimate(a, x, y);
                b = Vector512.MultiplyAddEstimate(b, x, y);
                c = Vector512.MultiplyAddEstimate(c, x, y);
                d = Vector512.MultiplyAddEstimate(d, x, y);
                e = Vector512.MultiplyAddEstimate(e, x, y);
                f = Vector512.MultiplyAddEstimate(f, x, y);
                g = Vector512.MultiplyAddEstimate(g, x, y);
                h = Vector512.MultiplyAddEstimate(h, x, y);
                i = Vector512.MultiplyAddEstimate(i, x, y);
                j = Vector512.MultiplyAddEstimate(j, x, y);
                k = Vector512.MultiplyAddEstimate(k, x, y);
                l = Vector512.MultiplyAddEstimate(l, x, y);
            }
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }
}
