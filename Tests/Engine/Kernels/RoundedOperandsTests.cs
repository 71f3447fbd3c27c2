using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class RoundedOperandsTests
{
    [Test]
    public void Any_product_is_that_of_operands_rounded_one_by_one() => Prop.ForAll(
        Gen.Choose(0, 50).Three().ToArbitrary(),
        shape =>
        {
            (int m, int n, int k) = shape;
            foreach ((bool transposeA, bool transposeB, int beta) in ((bool, bool, int)[])[(false, false, 0), (false, true, 1), (true, false, 1), (true, true, 0)])
            {
                int lda = (transposeA ? m : k) + 1, ldb = (transposeB ? k : n) + 2, ldc = n + 3;
                float[] a = Values.Random((transposeA ? k : m) * lda), b = Values.Random((transposeB ? n : k) * ldb);
                float[] expected = Values.Random(m * ldc), actual = (float[])expected.Clone();
                Scalar.Gemm([.. a.Select(BFloat16)], lda, transposeA, [.. b.Select(BFloat16)], ldb, transposeB, expected, ldc, m, n, k, beta);
                Gemm.Multiply(GemmProvider.Managed, Precision.BFloat16, a, lda, transposeA, b, ldb, transposeB, actual, ldc, m, n, k, beta);
                Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-6 * (1 + Math.Sqrt(k))), $"{m}x{n}x{k} A{transposeA} B{transposeB}");
            }
        }).QuickCheckThrowOnFailure();

    [Test]
    public void Packed_weights_are_rounded_too_and_again_when_repacked()
    {
        float[] a = Values.Random(5 * 20), old = Values.Random(9 * 20), w = Values.Random(9 * 20, 1, 7), bias = Values.Random(9), expected = new float[45], actual = new float[45];
        PackedMatrix packed = Gemm.Pack(old, 9, 20, GemmProvider.Managed, Precision.BFloat16);
        Gemm.Repack(w, packed);
        Gemm.Multiply(a, 20, packed, bias, actual, 9, 5);
        Scalar.Gemm([.. a.Select(BFloat16)], 20, false, [.. w.Select(BFloat16)], 20, true, expected, 9, 5, 9, 20, 0);
        Assert.That(Goldens.MaxDifference(actual, [.. expected.Select((v, i) => v + bias[i % 9])]), Is.LessThan(1e-5));
        Assert.That(packed.Precision, Is.EqualTo(Precision.BFloat16));
    }

    [Test]
    public void Rounding_is_to_the_nearest_ties_to_even_and_keeps_what_is_no_number()
    {
        // 1 + 2^-8 lies between 1 and 1 + 2^-7, 1 + 3 2^-8 between 1 + 2^-7 and 1 + 2^-6.
        float[] values = [1 + 1 / 256f, 1 + 3 / 256f, 1 + 1.001f / 256f, -0f, float.PositiveInfinity, float.NaN, 3.4e38f], one = [1], actual = new float[values.Length];
        Gemm.Multiply(GemmProvider.Managed, Precision.BFloat16, values, 1, false, one, 1, false, actual, 1, values.Length, 1, 1);
        Assert.That(actual, Is.EqualTo(new[] { 1, 1 + 1 / 64f, 1 + 1 / 128f, 0, float.PositiveInfinity, float.NaN, float.PositiveInfinity }));
    }

    [Test]
    public void Allocates_nothing_after_the_first_call()
    {
        float[] a = Values.Random(20 * 60), b = Values.Random(60 * 30), c = new float[20 * 30];
        PackedMatrix packed = Gemm.Pack(b, 30, 60, GemmProvider.Managed, Precision.BFloat16);
        Allocations.None(() =>
        {
            Gemm.Multiply(GemmProvider.Managed, Precision.BFloat16, a, 60, false, b, 30, false, c, 30, 20, 30, 60);
            Gemm.Multiply(a, 60, packed, [], c, 30, 20);
        });
    }

    /// <summary>The plainest rounding that can be written down.</summary>
    private static float BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value), low = bits & 0xFFFF, high = bits >> 16;
        bool up = low > 0x8000 || (low == 0x8000 && (high & 1) == 1);
        return BitConverter.UInt32BitsToSingle((high + (up ? 1u : 0)) << 16);
    }
}
