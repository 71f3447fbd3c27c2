using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Float16 to float32, exact. A model's weights pass through this once per process, before anything has been optimised by use,
/// so it is compiled optimised from the start.
/// </summary>
internal static unsafe class Halves
{
    private const uint Infinity = 0x0F80_0000; // float16's, shifted

    /// <exception cref="ArgumentException">The target is shorter than the source.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ToSingle(ReadOnlySpan<Half> source, Span<float> target)
    {
        Kernel.Require(target.Length, source.Length, nameof(target));
        fixed (Half* halves = source)
        fixed (float* floats = target)
        {
            int i = 0;
            for (; i <= source.Length - 8; i += 8)
            {
                Vector128<ushort> bits = Vector128.Load((ushort*)halves + i);
                Widen(Vector128.WidenLower(bits)).Store(floats + i);
                Widen(Vector128.WidenUpper(bits)).Store(floats + i + 4);
            }
            for (; i < source.Length; i++)
            {
                floats[i] = (float)halves[i];
            }
        }
    }

    /// <summary>The fields one above the other, then times 2^112, the difference of the exponents' biases: right for subnormals too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Widen(Vector128<uint> bits)
    {
        Vector128<uint> sign = (bits & Vector128.Create(0x8000u)) << 16, magnitude = (bits & Vector128.Create(0x7FFFu)) << 13;
        Vector128<uint> scaled = (magnitude.AsSingle() * Vector128.Create(5.192296858534828e33f)).AsUInt32();
        Vector128<uint> special = Vector128.GreaterThanOrEqual(magnitude.AsInt32(), Vector128.Create((int)Infinity)).AsUInt32();
        return (sign | scaled | (special & Vector128.Create(0x7F80_0000u))).AsSingle();
    }
}
