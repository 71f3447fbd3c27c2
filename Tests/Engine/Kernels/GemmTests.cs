using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class GemmTests
{
    private static readonly (int M, int N, int K)[] Shapes =
    [
        (0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (1, 2, 3), (2, 1, 7), (3, 9, 15), (4, 16, 4), (5, 17, 9), (6, 16, 8), (7, 15, 17),
        (8, 48, 63), (9, 49, 1), (13, 33, 31), (17, 63, 321), (50, 50, 64), (50, 64, 50), (63, 97, 511), (145, 7, 645), (151, 100, 9),
        (33, 193, 390), (29, 600, 17), (320, 580, 5), // A packed, in several blocks
    ];

    [Test]
    public void Equals_its_scalar_twin_for_every_width_shape_and_transpose(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int width, [Values] bool transposeA, [Values] bool transposeB, [Values(0, 1)] int beta)
    {
        foreach ((int m, int n, int k) in Shapes)
        {
            Compare((VectorWidth)width, m, n, k, transposeA, transposeB, beta, 0, 1);
            Compare((VectorWidth)width, m, n, k, transposeA, transposeB, beta, 3, 1);
        }
    }

    [Test]
    public void Any_shape_and_stride_equals_the_scalar_twin([ValueSource(typeof(Widths), nameof(Widths.All))] int width) =>
        Prop.ForAll(
            Gen.Choose(0, 70).Four().ToArbitrary(),
            Gen.Choose(0, 31).ToArbitrary(),
            (shape, bits) => Compare(
                (VectorWidth)width, shape.Item1, shape.Item2, shape.Item3, (bits & 1) != 0, (bits & 2) != 0, bits >> 2 & 1, shape.Item4 % 9,
                1 + (bits >> 3 & 1)))
            .QuickCheckThrowOnFailure();

    [Test]
    public void A_power_of_two_stride_is_packed_and_right([ValueSource(typeof(Widths), nameof(Widths.All))] int width)
    {
        float[] a = Values.Random(20 * 1024), w = Values.Random(250 * 40), expected = new float[20 * 250], actual = new float[20 * 250];
        Scalar.Gemm(a, 1024, false, w, 40, true, expected, 250, 20, 250, 40, 0);
        Gemm.Multiply((VectorWidth)width, a, 1024, false, w, 40, true, actual, 250, 20, 250, 40, 0, 1);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-5));
    }

    [Test]
    public void A_symmetric_product_is_the_whole_one([Values(1, 2, 7, 47, 48, 49, 96, 131, 256)] int n, [Values] bool tall)
    {
        int k = 65;
        float[] x = Values.Random(n * k), expected = new float[n * n], actual = new float[n * n], square = new float[n * n];
        int ldx = tall ? n : k; // X^T X of a tall X, X X^T of a wide one
        Scalar.Gemm(x, ldx, tall, x, ldx, !tall, expected, n, n, n, k, 0);
        Array.Fill(actual, float.NaN);
        Gemm.MultiplySymmetric(x, ldx, tall, x, ldx, !tall, actual, n, k);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(2e-5));
        Scalar.Gemm(actual, n, false, expected, n, false, square, n, n, n, n, 0);
        float[] third = new float[n * n], whole = new float[n * n];
        Scalar.Gemm(square, n, false, expected, n, false, whole, n, n, n, n, 0); // factors that commute
        Gemm.MultiplySymmetric(square, n, false, expected, n, false, third, n, n);
        Assert.That(Goldens.MaxDifference(third, whole), Is.LessThan(2e-5 * whole.Max(Math.Abs)));
    }

    [Test]
    public void Two_threads_give_what_one_gives([Values] bool transposeA, [Values] bool transposeB)
    {
        foreach ((int m, int n, int k) in new[] { (300, 20, 300), (20, 300, 300), (200, 200, 200), (1, 2000, 600) })
        {
            Compare(Isa.Width, m, n, k, transposeA, transposeB, 1, 5, 2);
            Compare(Isa.Width, m, n, k, transposeA, transposeB, 0, 0, 3);
        }
    }

    [Test]
    public void Packed_weights_with_bias_equal_the_scalar_twin(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int width, [Values(0, 1)] int beta, [Values] bool withBias, [Values(1, 2)] int threads)
    {
        foreach ((int m, int n, int k) in Shapes)
        {
            int lda = k + 2, ldc = n + 3;
            float[] a = Values.Random(m * lda), w = Values.Random(n * k), bias = withBias ? Values.Random(n) : [];
            float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
            Scalar.Gemm(a, lda, false, w, k, true, expected, ldc, m, n, k, beta);
            for (int i = 0; i < m * n && withBias; i++)
            {
                expected[i / n * ldc + i % n] += bias[i % n];
            }
            PackedMatrix packed = Gemm.Pack((VectorWidth)width, w, n, k);
            Gemm.Multiply(a, lda, packed, bias, actual, ldc, m, beta, threads);
            Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(Tolerance(k)), $"{m}x{n}x{k}");
        }
    }

    [Test]
    public void Repacking_replaces_the_weights()
    {
        float[] a = Values.Random(5 * 7), old = Values.Random(9 * 7), w = [.. old.Select(v => v + 1)], expected = new float[45], actual = new float[45];
        PackedMatrix packed = Gemm.Pack(old, 9, 7);
        Gemm.Repack(w, packed);
        Gemm.Multiply(a, 7, packed, [], actual, 9, 5);
        Scalar.Gemm(a, 7, false, w, 7, true, expected, 9, 5, 9, 7, 0);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-5));
    }

    [Test]
    public void Without_beta_old_values_do_not_matter_even_NaN([ValueSource(typeof(Widths), nameof(Widths.All))] int width)
    {
        float[] c = [.. Enumerable.Repeat(float.NaN, 6 * 17)];
        Gemm.Multiply((VectorWidth)width, new float[12], 2, false, new float[34], 17, false, c, 17, 6, 17, 2, 0, 1);
        Assert.That(c, Is.All.EqualTo(0));
    }

    [Test]
    public void Short_spans_and_odd_betas_are_refused()
    {
        Assert.That(() => Gemm.MultiplySymmetric(new float[12], 4, false, new float[12], 4, true, new float[8], 3, 4), Throws.ArgumentException.With.Message.Contains("c:"));
        Assert.That(() => Gemm.MultiplySymmetric(new float[11], 4, false, new float[12], 4, true, new float[9], 3, 4), Throws.ArgumentException.With.Message.Contains("a:"));
        Assert.That(() => Gemm.Multiply(new float[5], 3, false, new float[6], 2, false, new float[4], 2, 2, 2, 3), Throws.ArgumentException.With.Message.Contains("needs 6 values, and 5"));
        Assert.That(() => Gemm.Multiply(new float[6], 3, false, new float[5], 2, false, new float[4], 2, 2, 2, 3), Throws.ArgumentException);
        Assert.That(() => Gemm.Multiply(new float[6], 3, false, new float[6], 2, false, new float[3], 2, 2, 2, 3), Throws.ArgumentException);
        Assert.That(() => Gemm.Multiply(new float[6], 2, false, new float[6], 2, false, new float[4], 2, 2, 2, 3), Throws.ArgumentException.With.Message.Contains("stride"));
        Assert.That(() => Gemm.Multiply(new float[6], 3, false, new float[6], 2, false, new float[4], 2, 2, 2, 3, 0.5f), Throws.ArgumentException.With.Message.Contains("beta"));
        Assert.That(() => Gemm.Pack(new float[5], 2, 3), Throws.ArgumentException);
        Assert.That(() => Gemm.Multiply(new float[6], 3, Gemm.Pack(new float[6], 2, 3), new float[1], new float[4], 2, 2), Throws.ArgumentException);
    }

    [Test]
    public void Allocates_nothing_after_the_first_call()
    {
        float[] a = Values.Random(60 * 600), b = Values.Random(600 * 60), c = new float[60 * 60];
        PackedMatrix packed = Gemm.Pack(b, 60, 600);
        Allocations.None(() =>
        {
            Gemm.Multiply(a, 600, false, b, 60, false, c, 60, 60, 60, 600);
            Gemm.Multiply(a, 60, true, b, 600, true, c, 60, 60, 60, 600, 1);
            Gemm.Multiply(a, 600, packed, c.AsSpan(0, 60), c, 60, 60);
        });
    }

    private static void Compare(VectorWidth width, int m, int n, int k, bool transposeA, bool transposeB, float beta, int gap, int threads)
    {
        int lda = (transposeA ? m : k) + gap, ldb = (transposeB ? k : n) + gap, ldc = n + gap;
        float[] a = Values.Random((transposeA ? k : m) * lda), b = Values.Random((transposeB ? n : k) * ldb);
        float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
        Scalar.Gemm(a, lda, transposeA, b, ldb, transposeB, expected, ldc, m, n, k, beta);
        Gemm.Multiply(width, a, lda, transposeA, b, ldb, transposeB, actual, ldc, m, n, k, beta, threads);

        // Whole rows are compared, so that a write into the gap between rows is seen.
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(Tolerance(k)), $"{width} {m}x{n}x{k} A{transposeA} B{transposeB} gap {gap}");
    }

    /// <summary>Rounding errors of k products of values below 0.5 add up like a random walk.</summary>
    private static double Tolerance(int k) => 1e-6 * (1 + Math.Sqrt(k));
}
