using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// The two inner products of the index. Int8 x int8 -> int32 is exact and so the same on every machine; float x half
/// differs between vector widths by float32 rounding only. Each has a plain loop that says what is correct.
/// </summary>
internal static unsafe class VectorKernels
{
    /// <summary>Rows of codes are padded with zeros to a multiple of this: one cache line, two 256-bit vectors.</summary>
    public const int CodeAlignment = 64;

    /// <summary>
    /// 2^112. A half's exponent and mantissa, moved left by 13 bits, are a float that is too small by this factor
    /// (the biases are 15 and 127), subnormals included. Multiplying the query once saves it for each vector.
    /// </summary>
    public const float HalfBias = 5.192296858534828e33f;

    private const int SignAndMagnitude = unchecked((int)0x8FFFE000);

    public static int CodeStride(int dimensions) => (dimensions + CodeAlignment - 1) / CodeAlignment * CodeAlignment;

    /// <summary>Sum of a[i] b[i]. Values within -127..127, length a multiple of <see cref="CodeAlignment"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // also the first search of a short-lived program is quick
    public static int Dot(sbyte* a, sbyte* b, int length)
    {
        if (Avx2.IsSupported)
        {
            // vpmaddubsw wants unsigned x signed: |a| x (b with a's sign). Two products are at most 2 x 127 x 127 = 32,258,
            // below the 32,767 at which it saturates; that is why -128 is not a code.
            Vector256<short> ones = Vector256<short>.One;
            Vector256<int> sum0 = Vector256<int>.Zero;
            Vector256<int> sum1 = Vector256<int>.Zero;
            for (int i = 0; i < length; i += 64)
            {
                Vector256<sbyte> a0 = Vector256.Load(a + i);
                Vector256<sbyte> a1 = Vector256.Load(a + i + 32);
                Vector256<short> pairs0 = Avx2.MultiplyAddAdjacent(Avx2.Abs(a0), Avx2.Sign(Vector256.Load(b + i), a0));
                Vector256<short> pairs1 = Avx2.MultiplyAddAdjacent(Avx2.Abs(a1), Avx2.Sign(Vector256.Load(b + i + 32), a1));
                sum0 = Avx2.Add(sum0, Avx2.MultiplyAddAdjacent(pairs0, ones));
                sum1 = Avx2.Add(sum1, Avx2.MultiplyAddAdjacent(pairs1, ones));
            }
            return Vector256.Sum(Avx2.Add(sum0, sum1));
        }
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<int> sum = Vector128<int>.Zero;
            for (int i = 0; i < length; i += 16)
            {
                (Vector128<short> aLow, Vector128<short> aHigh) = Vector128.Widen(Vector128.Load(a + i));
                (Vector128<short> bLow, Vector128<short> bHigh) = Vector128.Widen(Vector128.Load(b + i));
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen((aLow * bLow) + (aHigh * bHigh));
                sum += low + high;
            }
            return Vector128.Sum(sum);
        }
        return DotPlain(a, b, length);
    }

    /// <summary>Sum of query[i] vector[i], where query holds the values times <see cref="HalfBias"/> and vector the bits of halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* biasedQuery, short* vector, int length)
    {
        int i = 0;
        float total = 0;
        if (Avx2.IsSupported && Fma.IsSupported)
        {
            Vector256<int> mask = Vector256.Create(SignAndMagnitude);
            Vector256<float> sum0 = Vector256<float>.Zero;
            Vector256<float> sum1 = Vector256<float>.Zero;
            Vector256<float> sum2 = Vector256<float>.Zero;
            Vector256<float> sum3 = Vector256<float>.Zero;
            for (; i <= length - 32; i += 32)
            {
                // Sign extension puts the sign at bit 31; after the move it is still there and the mask clears its copies.
                sum0 = Fma.MultiplyAdd(Vector256.Load(biasedQuery + i), Widen(vector + i, mask), sum0);
                sum1 = Fma.MultiplyAdd(Vector256.Load(biasedQuery + i + 8), Widen(vector + i + 8, mask), sum1);
                sum2 = Fma.MultiplyAdd(Vector256.Load(biasedQuery + i + 16), Widen(vector + i + 16, mask), sum2);
                sum3 = Fma.MultiplyAdd(Vector256.Load(biasedQuery + i + 24), Widen(vector + i + 24, mask), sum3);
            }
            total = Vector256.Sum((sum0 + sum1) + (sum2 + sum3));
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Vector128<int> mask = Vector128.Create(SignAndMagnitude);
            Vector128<float> sum0 = Vector128<float>.Zero;
            Vector128<float> sum1 = Vector128<float>.Zero;
            for (; i <= length - 8; i += 8)
            {
                (Vector128<int> low, Vector128<int> high) = Vector128.Widen(Vector128.Load(vector + i));
                sum0 += Vector128.Load(biasedQuery + i) * ((low << 13) & mask).AsSingle();
                sum1 += Vector128.Load(biasedQuery + i + 4) * ((high << 13) & mask).AsSingle();
            }
            total = Vector128.Sum(sum0 + sum1);
        }
        return total + DotPlain(biasedQuery + i, vector + i, length - i);
    }

    /// <summary>The definition of <see cref="Dot(sbyte*, sbyte*, int)"/>.</summary>
    public static int DotPlain(sbyte* a, sbyte* b, int length)
    {
        int sum = 0;
        for (int i = 0; i < length; i++)
        {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /// <summary>The definition of <see cref="Dot(float*, short*, int)"/>.</summary>
    public static float DotPlain(float* biasedQuery, short* vector, int length)
    {
        float sum = 0;
        for (int i = 0; i < length; i++)
        {
            sum += biasedQuery[i] * BitConverter.Int32BitsToSingle((vector[i] << 13) & SignAndMagnitude);
        }
        return sum;
    }

    /// <summary>
    /// Rounds values to codes of -127..127 with one scale, the greatest magnitude / 127, and returns the scale:
    /// value = code x scale, off by at most half a scale. Codes past the values are set to zero.
    /// </summary>
    public static float Quantize(ReadOnlySpan<float> values, sbyte* codes, int stride)
    {
        float greatest = 0;
        foreach (float v in values)
        {
            greatest = Math.Max(greatest, Math.Abs(v));
        }
        float scale = greatest / 127f;
        for (int i = 0; i < values.Length; i++)
        {
            codes[i] = scale > 0 ? (sbyte)Math.Clamp(MathF.Round(values[i] / scale), -127f, 127f) : (sbyte)0;
        }
        new Span<sbyte>(codes + values.Length, stride - values.Length).Clear();
        return scale;
    }

    /// <summary>Asks for a row of codes ahead of its use.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(sbyte* row, int stride)
    {
        if (Sse.IsSupported)
        {
            for (int i = 0; i < stride; i += 64)
            {
                Sse.Prefetch0(row + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(short* halves, Vector256<int> mask) =>
        Avx2.And(Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32(halves), 13), mask).AsSingle();
}
