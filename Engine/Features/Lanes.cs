using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Engine.Features;

/// <summary>Eight rows side by side in the lanes of eight vectors, and back: transposes of 8 x 8 values.</summary>
internal static class Lanes
{
    /// <summary>Rows, which are lanes.</summary>
    public const int Count = 8;

    /// <summary>Whether this machine has the shuffles; elsewhere plain loops do it.</summary>
    public static bool AreFast => Avx.IsSupported;

    /// <summary>target[i][lane] = source[lane * stride + i] * scale[i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ReadOnlySpan<float> source, int stride, Vector256<float> scale, Span<Vector256<float>> target)
    {
        _ = source[7 * stride + 7];
        _ = target[7];
        ref float x = ref MemoryMarshal.GetReference(source);
        ref float y = ref Unsafe.As<Vector256<float>, float>(ref MemoryMarshal.GetReference(target));
        Transpose(
            Row(ref x, 0, stride) * scale, Row(ref x, 1, stride) * scale, Row(ref x, 2, stride) * scale, Row(ref x, 3, stride) * scale,
            Row(ref x, 4, stride) * scale, Row(ref x, 5, stride) * scale, Row(ref x, 6, stride) * scale, Row(ref x, 7, stride) * scale, ref y, Count);
    }

    /// <summary>target[lane * stride + i] = source[i][lane].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ReadOnlySpan<Vector256<float>> source, Span<float> target, int stride)
    {
        _ = target[7 * stride + 7];
        Transpose(source[0], source[1], source[2], source[3], source[4], source[5], source[6], source[7], ref MemoryMarshal.GetReference(target), stride);
    }

    private static Vector256<float> Row(ref float x, int row, int stride) => Vector256.LoadUnsafe(ref x, (nuint)(row * stride));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d,
        Vector256<float> e, Vector256<float> f, Vector256<float> g, Vector256<float> h, ref float target, int stride)
    {
        // Pairs of rows, then fours, within each half of 128 bits; then the halves.
        Vector256<float> ab = Avx.UnpackLow(a, b), abHigh = Avx.UnpackHigh(a, b), cd = Avx.UnpackLow(c, d), cdHigh = Avx.UnpackHigh(c, d);
        Vector256<float> ef = Avx.UnpackLow(e, f), efHigh = Avx.UnpackHigh(e, f), gh = Avx.UnpackLow(g, h), ghHigh = Avx.UnpackHigh(g, h);
        Halves(Avx.Shuffle(ab, cd, 0x44), Avx.Shuffle(ef, gh, 0x44), ref target, 0, stride);
        Halves(Avx.Shuffle(ab, cd, 0xEE), Avx.Shuffle(ef, gh, 0xEE), ref target, 1, stride);
        Halves(Avx.Shuffle(abHigh, cdHigh, 0x44), Avx.Shuffle(efHigh, ghHigh, 0x44), ref target, 2, stride);
        Halves(Avx.Shuffle(abHigh, cdHigh, 0xEE), Avx.Shuffle(efHigh, ghHigh, 0xEE), ref target, 3, stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Halves(Vector256<float> first, Vector256<float> second, ref float target, int row, int stride)
    {
        Avx.Permute2x128(first, second, 0x20).StoreUnsafe(ref target, (nuint)(row * stride));
        Avx.Permute2x128(first, second, 0x31).StoreUnsafe(ref target, (nuint)((row + 4) * stride));
    }
}
