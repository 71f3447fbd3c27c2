using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Benchmarks;

/// <summary>GFLOP/s of the product kernels, in one table: the best of several rounds, so that a neighbour's load matters little.</summary>
internal static class GemmTable
{
    private static readonly (int M, int N, int K)[] Shapes =
    [
        (304, 3072, 768), (304, 768, 3072), (400, 1024, 256), (400, 256, 1024), (6400, 16, 9), (6400, 32, 144), (1600, 64, 288),
        (400, 256, 1024), (400, 527, 256), (50, 768, 256), (10, 1024, 256), (1, 1024, 256), (1, 3072, 768),
    ];

    public static void Print(TextWriter output)
    {
        output.WriteLine($"register-only multiply-add: {Peak():F0} GFLOP/s");
        output.WriteLine("     m     n     k | packed x1 | packed x2 | general x1 | dW = dY^T X");
        foreach ((int m, int n, int k) in Shapes)
        {
            float[] a = Random(m * k), w = Random(n * k), c = new float[m * n], bias = Random(n), dw = new float[n * k];
            PackedMatrix packed = Gemm.Pack(w, n, k);
            double flops = 2.0 * m * n * k;
            double one = Best(flops, () => Gemm.Multiply(a, k, packed, bias, c, n, m));
            double two = Best(flops, () => Gemm.Multiply(a, k, packed, bias, c, n, m, 0, 2));
            double general = Best(flops, () => Gemm.Multiply(a, k, false, w, k, true, c, n, m, n, k));
            double gradient = Best(flops, () => Gemm.Multiply(c, n, true, a, k, false, dw, k, n, k, m));
            output.WriteLine($"{m,6}{n,6}{k,6} | {one,9:F1} | {two,9:F1} | {general,10:F1} | {gradient,10:F1}");
        }
        output.WriteLine("attention heads, 50 tokens of 64:");
        float[] qkv = Random(50 * 768), scores = new float[50 * 50], y = new float[50 * 256];
        output.WriteLine($"q k^T {Best(2.0 * 50 * 50 * 64, () => Gemm.Multiply(qkv, 768, false, qkv.AsSpan(256), 768, true, scores, 50, 50, 50, 64)):F1}");
        output.WriteLine($"p v   {Best(2.0 * 50 * 50 * 64, () => Gemm.Multiply(scores, 50, false, qkv.AsSpan(512), 768, false, y, 256, 50, 64, 50)):F1}");
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

    /// <summary>Best rate in 1e9 units per second over rounds of some 2 ms.</summary>
    internal static double Best(double units, Action action)
    {
        int repeats = 1;
        double best = 0;
        for (int round = 0; round < 80; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < repeats; i++)
            {
                action();
            }
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = Math.Max(best, units * repeats / seconds / 1e9);
            if (seconds < 0.002)
            {
                repeats = (int)Math.Min(1e6, repeats * Math.Clamp(0.003 / seconds, 1.2, 1000));
            }
        }
        return best;
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
