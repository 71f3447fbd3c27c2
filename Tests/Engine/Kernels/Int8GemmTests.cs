using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class Int8GemmTests
{
    private const int Vnni = -8; // 8 lanes by dot-product instructions, emulated where there are none

    private static readonly int[] Kinds = [.. Widths.All, Vnni];

    private static readonly (int M, int N, int K)[] Shapes =
    [
        (0, 3, 3), (3, 0, 3), (3, 3, 0), (1, 1, 1), (1, 2, 3), (2, 1, 7), (3, 9, 15), (4, 16, 4), (5, 17, 9), (6, 8, 8), (7, 15, 17),
        (8, 48, 63), (9, 49, 1), (10, 33, 31), (13, 63, 321), (97, 40, 64), (3, 31, 1023), (2, 5, 1025), (1, 17, 2050),
    ];

    [Test]
    public void Equals_its_scalar_twin(
        [ValueSource(nameof(Kinds))] int kind, [Values(0, 1)] int beta, [Values] bool withBias, [Values(1, 2)] int threads)
    {
        foreach ((int m, int n, int k) in Shapes)
        {
            Compare(kind, m, n, k, beta, withBias, threads);
        }
    }

    [Test]
    public void Any_shape_equals_the_scalar_twin([ValueSource(nameof(Kinds))] int kind) =>
        Prop.ForAll(Gen.Choose(0, 70).Three().ToArbitrary(), shape => Compare(kind, shape.Item1, shape.Item2, shape.Item3, 0, true, 1))
            .QuickCheckThrowOnFailure();

    [Test]
    public void Every_instruction_set_gives_the_same_bits()
    {
        float[] a = Values.Random(11 * 1500), w = Values.Random(37 * 1500), bias = Values.Random(37);
        float[][] results = [.. Kinds.Select(kind =>
        {
            float[] c = new float[11 * 37];
            Gemm.Multiply(a, 1500, Pack(kind, w, 37, 1500), bias, c, 37, 11);
            return c;
        })];
        Assert.That(results, Is.All.EqualTo(results[0]));
    }

    [Test]
    public void Sums_are_exact_when_all_factors_are_as_large_as_can_be([ValueSource(nameof(Kinds))] int kind, [Values(1f, -1f)] float signA, [Values(1f, -1f)] float signW)
    {
        const int m = 7, n = 18, k = 4096;
        float[] a = [.. Enumerable.Repeat(127 * signA, m * k)], w = [.. Enumerable.Repeat(127 * signW, n * k)], c = new float[m * n];
        Gemm.Multiply(a, k, Pack(kind, w, n, k), [], c, n, m);
        Assert.That(c, Is.All.EqualTo(127f * 127 * k * signA * signW));
    }

    [Test]
    public void Rows_of_zeros_give_the_bias_and_NaN_stays_in_its_row([ValueSource(nameof(Kinds))] int kind)
    {
        float[] a = [0, 0, 0, 1, float.NaN, 1, 1, 1, 1], w = [1, 1, 1, 0, 0, 0], c = new float[6];
        Gemm.Multiply(a, 3, Pack(kind, w, 2, 3), [5, 6], c, 2, 3);
        Assert.That(c[..2], Is.EqualTo(new float[] { 5, 6 }));
        Assert.That(c[2], Is.NaN);
        Assert.That(c[4], Is.EqualTo(8).Within(1e-5));
        Assert.That(c[5], Is.EqualTo(6));
    }

    [Test]
    public void Repacking_replaces_the_weights()
    {
        float[] a = Values.Random(5 * 7), old = Values.Random(9 * 7), w = [.. old.Select(v => v + 1)], expected = new float[45], actual = new float[45];
        PackedMatrix packed = Gemm.Pack(old, 9, 7, GemmProvider.Managed, Precision.Int8);
        Gemm.Repack(w, packed);
        Gemm.Multiply(a, 7, packed, [], actual, 9, 5);
        Scalar.GemmInt8(a, 7, w, expected, 9, 5, 9, 7, 0);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-5));
    }

    [Test]
    public void Is_near_the_float32_product()
    {
        float[] a = Values.Random(10 * 512), w = Values.Random(96 * 512), exact = new float[960], rounded = new float[960];
        Scalar.Gemm(a, 512, false, w, 512, true, exact, 96, 10, 96, 512, 0);
        Gemm.Multiply(a, 512, Gemm.Pack(w, 96, 512, GemmProvider.Managed, Precision.Int8), [], rounded, 96, 10);
        double cosine = Differences.Dot(exact, rounded) / Math.Sqrt(Differences.Dot(exact, exact) * Differences.Dot(rounded, rounded));
        Assert.That(cosine, Is.InRange(0.9999, 0.999999));
    }

    [Test]
    public void Allocates_nothing_after_the_first_call()
    {
        float[] a = Values.Random(20 * 64), c = new float[20 * 48];
        PackedMatrix packed = Gemm.Pack(Values.Random(48 * 64), 48, 64, GemmProvider.Managed, Precision.Int8);
        Allocations.None(() => Gemm.Multiply(a, 64, packed, [], c, 48, 20));
    }

    private static PackedMatrix Pack(int kind, float[] w, int n, int k) => Gemm.PackInt8((VectorWidth)Math.Abs(kind), kind == Vnni, w, n, k);

    private static void Compare(int kind, int m, int n, int k, int beta, bool withBias, int threads)
    {
        int lda = k + 2, ldc = n + 3;
        float[] a = Values.Random(m * lda), w = Values.Random(n * k, 1, 7), bias = withBias ? Values.Random(n) : [];
        float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
        Scalar.GemmInt8(a, lda, w, expected, ldc, m, n, k, beta);
        for (int i = 0; i < m * n && withBias; i++)
        {
            expected[i / n * ldc + i % n] += bias[i % n];
        }
        Gemm.Multiply(a, lda, Pack(kind, w, n, k), bias, actual, ldc, m, beta, threads);

        // One step more or less in one factor would be 1.5e-5 and more.
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(4e-6 + 1e-7 * Math.Sqrt(k)), $"{kind} {m}x{n}x{k}");
    }
}
