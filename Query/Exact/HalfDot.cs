using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Query.Exact;

/// <summary>
/// Dot product of a float32 question with stored float16 vectors, without unpacking them first: half the memory traffic,
/// no buffer. The bits of a half, moved to a float's places, are its value times 2^-112 (the exponents' biases differ by
/// 112), also for subnormal halves; the question is scaled by 2^112 once instead. Infinities and NaN are not handled: they
/// are refused when vectors are loaded (<see cref="IsFinite"/>).
/// </summary>
public static class HalfDot
{
    private const float Scale = 5.192296858534828e33f; // 2^112

    /// <summary>scaled[i] = query[i] 2^112, for <see cref="Dot"/>; |query[i]| must be below 2^15.</summary>
    public static void Prepare(ReadOnlySpan<float> query, Span<float> scaled)
    {
        for (int i = 0; i < query.Length; i++)
        {
            scaled[i] = query[i] * Scale;
        }
    }

    /// <summary>Sum of query[i] vector[i]; scaled is what <see cref="Prepare"/> made, of the same length.</summary>
    public static float Dot(ReadOnlySpan<float> scaled, ReadOnlySpan<Half> vector)
    {
        if (scaled.Length != vector.Length)
        {
            throw new ArgumentException($"a question of {scaled.Length} numbers and a vector of {vector.Length}");
        }
        int i = 0;
        float sum = 0;
        ReadOnlySpan<ushort> bits = MemoryMarshal.Cast<Half, ushort>(vector);
        if (Vector128.IsHardwareAccelerated)
        {
            // 16 halves a step, as two vectors of 8 floats, each with its own sum.
            Vector256<float> lower = Vector256<float>.Zero;
            Vector256<float> upper = Vector256<float>.Zero;
            for (; i <= bits.Length - 16; i += 16)
            {
                (Vector256<uint> a, Vector256<uint> b) = Vector256.Widen(Vector256.Create(bits.Slice(i, 16)));
                lower = Vector256.MultiplyAddEstimate(Vector256.Create(scaled.Slice(i, 8)), Unpack(a), lower);
                upper = Vector256.MultiplyAddEstimate(Vector256.Create(scaled.Slice(i + 8, 8)), Unpack(b), upper);
            }
            sum = Vector256.Sum(lower + upper);
        }
        for (; i < vector.Length; i++)
        {
            sum += scaled[i] / Scale * (float)vector[i];
        }
        return sum;
    }

    /// <summary>Whether no number is infinite or NaN.</summary>
    public static bool IsFinite(ReadOnlySpan<Half> vector)
    {
        foreach (Half value in vector)
        {
            if (!Half.IsFinite(value))
            {
                return false;
            }
        }
        return true;
    }

    private static Vector256<float> Unpack(Vector256<uint> half) =>
        (((half & Vector256.Create(0x8000u)) << 16) | ((half & Vector256.Create(0x7fffu)) << 13)).AsSingle();
}
