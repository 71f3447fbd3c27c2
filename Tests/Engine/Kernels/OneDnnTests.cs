using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class OneDnnTests
{
    private static readonly (int M, int N, int K)[] Shapes =
    [
        (0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (1, 40, 33), (2, 1, 7), (3, 9, 15), (7, 15, 17), (50, 64, 50), (63, 97, 511), (400, 96, 64),
    ];

    [Test]
    public void Packed_weights_equal_the_scalar_twin([Values] Precision precision, [Values(0, 1)] int beta, [Values] bool withBias, [Values(1, 2)] int threads)
    {
        IgnoreWithout(precision);
        foreach ((int m, int n, int k) in Shapes)
        {
            int lda = k + 2, ldc = n + 3;
            float[] a = Values.Random(m * lda), w = Values.Random(n * k, 1, 7), bias = withBias ? Values.Random(n) : [];
            float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
            Scalar.Gemm(a, lda, false, w, k, true, expected, ldc, m, n, k, beta);
            for (int i = 0; i < m * n && withBias; i++)
            {
                expected[i / n * ldc + i % n] += bias[i % n];
            }
            PackedMatrix packed = Gemm.Pack(w, n, k, GemmProvider.OneDnn, precision);
            for (int repeat = 0; repeat < 2; repeat++)
            {
                float[] c = (float[])actual.Clone();
                Gemm.Multiply(a, lda, packed, bias, c, ldc, m, beta, threads);
                Assert.That(Goldens.MaxDifference(c, expected), Is.LessThan(Tolerance(precision, k)), $"{m}x{n}x{k}");
            }
        }
    }

    [Test]
    public void General_products_equal_the_scalar_twin(
        [Values(Precision.Float32, Precision.BFloat16)] Precision precision, [Values] bool transposeA, [Values] bool transposeB, [Values(0, 1)] int beta)
    {
        IgnoreWithout(precision);
        foreach ((int m, int n, int k) in Shapes)
        {
            int lda = (transposeA ? m : k) + 1, ldb = (transposeB ? k : n) + 2, ldc = n + 3;
            float[] a = Values.Random((transposeA ? k : m) * lda), b = Values.Random((transposeB ? n : k) * ldb);
            float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
            Scalar.Gemm(a, lda, transposeA, b, ldb, transposeB, expected, ldc, m, n, k, beta);
            Gemm.Multiply(GemmProvider.OneDnn, precision, a, lda, transposeA, b, ldb, transposeB, actual, ldc, m, n, k, beta);
            Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(Tolerance(precision, k)), $"{m}x{n}x{k}");
        }
    }

    [Test]
    public void Int8_sums_do_not_saturate_when_all_factors_are_as_large_as_can_be()
    {
        IgnoreWithout(Precision.Int8);
        foreach (float sign in new[] { 1f, -1f })
        {
            float[] a = [.. Enumerable.Repeat(2f, 6 * 256)], w = [.. Enumerable.Repeat(3f * sign, 32 * 256)], c = new float[6 * 32];
            Gemm.Multiply(a, 256, Gemm.Pack(w, 32, 256, GemmProvider.OneDnn, Precision.Int8), [], c, 32, 6);
            Assert.That(c, Is.All.EqualTo(1536 * sign).Within(0.1));
        }
    }

    [Test]
    public void Repacking_replaces_the_weights([Values] Precision precision)
    {
        IgnoreWithout(precision);
        float[] a = Values.Random(5 * 8), old = Values.Random(9 * 8), w = [.. old.Select(v => v + 1)], expected = new float[45], actual = new float[45];
        PackedMatrix packed = Gemm.Pack(old, 9, 8, GemmProvider.OneDnn, precision);
        Gemm.Multiply(a, 8, packed, [], actual, 9, 5);
        Gemm.Repack(w, packed);
        Gemm.Multiply(a, 8, packed, [], actual, 9, 5);
        Scalar.Gemm(a, 8, false, w, 8, true, expected, 9, 5, 9, 8, 0);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(3 * Tolerance(precision, 8)));
    }

    [Test]
    public void Threads_may_share_packed_weights([Values] Precision precision)
    {
        IgnoreWithout(precision);
        float[] a = Values.Random(20 * 64), w = Values.Random(48 * 64, 1, 7), expected = new float[20 * 48];
        Scalar.Gemm(a, 64, false, w, 64, true, expected, 48, 20, 48, 64, 0);
        PackedMatrix packed = Gemm.Pack(w, 48, 64, GemmProvider.OneDnn, precision);
        Parallel.For(0, 40, i =>
        {
            int m = 1 + i % 20;
            float[] c = new float[m * 48];
            Gemm.Multiply(a, 64, packed, [], c, 48, m);
            Assert.That(Goldens.MaxDifference(c, expected.AsSpan(0, m * 48)), Is.LessThan(Tolerance(precision, 64)));
        });
    }

    [Test]
    public void Primitives_are_made_once_per_shape_and_nothing_is_allocated_afterwards([Values] Precision precision)
    {
        IgnoreWithout(precision);
        float[] a = Values.Random(20 * 64), w = Values.Random(48 * 64), c = new float[20 * 48];
        PackedMatrix packed = Gemm.Pack(w, 48, 64, GemmProvider.OneDnn, precision);
        Allocations.None(() => Gemm.Multiply(a, 64, packed, [], c, 48, 20));
    }

    [Test]
    public void A_precision_that_is_not_there_is_refused_with_a_remedy()
    {
        foreach (Precision precision in Enum.GetValues<Precision>().Where(p => !OneDnn.Supports(p)))
        {
            Assert.That(
                () => Gemm.Pack(new float[4], 2, 2, GemmProvider.OneDnn, precision),
                Throws.TypeOf<NotSupportedException>()
                    .With.Message.Contains($"{precision} products").And.Message.Contains(OneDnn.IsAvailable ? "this processor: it has" : "libdnnl2").And.Message.Contains("Use Float32").IgnoreCase);
        }
    }

    [Test]
    public void Bfloat16_products_are_those_of_the_managed_twin([Values] bool transposeA, [Values] bool transposeB, [Values(0, 1)] int beta)
    {
        IgnoreWithout(Precision.BFloat16);
        foreach ((int m, int n, int k) in Shapes)
        {
            int lda = transposeA ? m : k, ldb = transposeB ? k : n;
            float[] a = Values.Random(m * k), b = Values.Random(n * k), expected = Values.Random(m * n), actual = (float[])expected.Clone();
            Gemm.Multiply(GemmProvider.Managed, Precision.BFloat16, a, lda, transposeA, b, ldb, transposeB, expected, n, m, n, k, beta);
            Gemm.Multiply(GemmProvider.OneDnn, Precision.BFloat16, a, lda, transposeA, b, ldb, transposeB, actual, n, m, n, k, beta);
            Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(Tolerance(Precision.Float32, k)), $"{m}x{n}x{k}");
        }
    }

    [Test]
    public void Absence_is_explained() => Assert.That(OneDnn.Problem.Length > 0, Is.Not.EqualTo(OneDnn.IsAvailable));

    private static void IgnoreWithout(Precision precision)
    {
        if (!OneDnn.IsAvailable)
        {
            Assert.Ignore("skipped: libdnnl2 not installed");
        }
        if (!OneDnn.Supports(precision))
        {
            Assert.Ignore($"skipped: this CPU has no {precision} in oneDNN");
        }
    }

    /// <summary>Rounding errors of the factors (all below 0.5) add up like a random walk.</summary>
    private static double Tolerance(Precision precision, int k) => Math.Sqrt(k + 1) * precision switch
    {
        Precision.BFloat16 => 4e-3,
        Precision.Int8 => 2e-2,
        _ => 2e-6,
    };
}
