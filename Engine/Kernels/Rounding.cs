using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>Float32 to the narrow types that are multiplied, and back.</summary>
internal static unsafe class Rounding
{
    /// <summary>To bfloat16, ties to even; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToBFloat16(float* source, nint stride, int rows, int columns, ushort* target)
    {
        for (int i = 0; i < rows; i++, source += stride, target += columns)
        {
            int j = 0;
            for (; j <= columns - 8; j += 8)
            {
                Vector128.Narrow(RoundToUpper(Vector128.Load(source + j)), RoundToUpper(Vector128.Load(source + j + 4))).Store(target + j);
            }
            for (; j < columns; j++)
            {
                target[j] = (ushort)RoundToUpper(Vector128.CreateScalar(source[j])).ToScalar();
            }
        }
    }

    /// <summary>To bfloat16 and back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ThroughBFloat16(float* source, nint stride, int rows, int columns, float* target)
    {
        for (int i = 0; i < rows; i++, source += stride, target += columns)
        {
            int j = 0;
            for (; j <= columns - 4; j += 4)
            {
                (RoundToUpper(Vector128.Load(source + j)) << 16).AsSingle().Store(target + j);
            }
            for (; j < columns; j++)
            {
                target[j] = (RoundToUpper(Vector128.CreateScalar(source[j])) << 16).AsSingle().ToScalar();
            }
        }
    }

    /// <summary>
    /// Each row, times limit / its largest magnitude, to whole numbers; scales[i] turns row i back. A row of zeros has scale 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToInt8(float* source, nint stride, int rows, int columns, int limit, sbyte* target, float* scales)
    {
        for (int i = 0; i < rows; i++, source += stride, target += columns)
        {
            Vector128<float> factor = Factor(source, columns, limit, scales + i);
            int j = 0;
            for (; j <= columns - 8; j += 8)
            {
                Vector128<short> both = Vector128.Narrow(Round(Vector128.Load(source + j) * factor), Round(Vector128.Load(source + j + 4) * factor));
                *(long*)(target + j) = Vector128.Narrow(both, both).AsInt64().ToScalar();
            }
            for (; j < columns; j++)
            {
                target[j] = (sbyte)MathF.Round(source[j] * factor[0]);
            }
        }
    }

    /// <summary>One row like <see cref="ToInt8"/>, as 16-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToInt16(float* source, int columns, int limit, short* target, float* scale)
    {
        Vector128<float> factor = Factor(source, columns, limit, scale);
        int j = 0;
        for (; j <= columns - 8; j += 8)
        {
            Vector128.Narrow(Round(Vector128.Load(source + j) * factor), Round(Vector128.Load(source + j + 4) * factor)).Store(target + j);
        }
        for (; j < columns; j++)
        {
            target[j] = (short)MathF.Round(source[j] * factor[0]);
        }
    }

    /// <summary>c = (accumulate ? c : 0) + sums rowScale columnScale + bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FromInt32(
        int* sums, float* rowScales, float* columnScales, float* bias, float* c, nint ldc, int rows, int columns, bool accumulate)
    {
        for (int i = 0; i < rows; i++, sums += columns, c += ldc)
        {
            Vector128<float> row = Vector128.Create(rowScales[i]);
            int j = 0;
            for (; j <= columns - 4; j += 4)
            {
                Vector128<float> value = Vector128.ConvertToSingle(Vector128.Load(sums + j)) * (row * Vector128.Load(columnScales + j));
                value += accumulate ? Vector128.Load(c + j) : Vector128<float>.Zero;
                (bias == null ? value : value + Vector128.Load(bias + j)).Store(c + j);
            }
            for (; j < columns; j++)
            {
                c[j] = (accumulate ? c[j] : 0) + sums[j] * (rowScales[i] * columnScales[j]) + (bias == null ? 0 : bias[j]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Factor(float* row, int columns, int limit, float* scale)
    {
        // Magnitudes are in the order of their bits, NaN above all.
        Vector128<int> magnitude = Vector128.Create(int.MaxValue), largest = Vector128<int>.Zero;
        int j = 0;
        for (; j <= columns - 4; j += 4)
        {
            largest = Vector128.Max(largest, Vector128.Load(row + j).AsInt32() & magnitude);
        }
        int bits = Math.Max(Math.Max(largest[0], largest[1]), Math.Max(largest[2], largest[3]));
        for (; j < columns; j++)
        {
            bits = Math.Max(bits, BitConverter.SingleToInt32Bits(row[j]) & int.MaxValue);
        }
        float max = BitConverter.Int32BitsToSingle(bits);
        *scale = max / limit;
        return Vector128.Create(max > 0 ? limit / max : 0);
    }

    /// <summary>To whole numbers, ties to even, in the lower 16 bits; magnitudes below 2^15. In float32, 1 is the last bit of numbers from 2^23 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Round(Vector128<float> values) => (values + Vector128.Create(1.5f * (1 << 23))).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RoundToUpper(Vector128<float> value)
    {
        Vector128<uint> bits = value.AsUInt32(), upper = bits >> 16;
        Vector128<uint> rounded = (bits + Vector128.Create(0x7FFFu) + (upper & Vector128.Create(1u))) >> 16;
        Vector128<uint> numbers = Vector128.Equals(value, value).AsUInt32();
        return Vector128.ConditionalSelect(numbers, rounded, upper | Vector128.Create(0x40u));
    }
}
