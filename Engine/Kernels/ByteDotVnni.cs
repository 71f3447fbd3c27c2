using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
#if NET10_0_OR_GREATER
using System.Runtime.Intrinsics.X86;
#endif

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// AVX-VNNI: eight columns per vector, one instruction for four products and their sum. It takes one factor without a sign:
/// activations are stored with 128 added, and 128 times the sum of a column's weights is taken away afterwards. Exact: the
/// form without saturation is used.
/// </summary>
internal readonly unsafe struct ByteDotVnni : IByteDot<Vector256<int>>
{
    public static int Columns => 16;

    public static int GroupBytes => 4;

    public static int Offset => 128;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Second(nint panelBytes) => panelBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Weights(sbyte* source) => Vector256.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Activations(byte* source) => Vector256.Create(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> sums, Vector256<int> weights, Vector256<int> activations)
    {
#if NET10_0_OR_GREATER
        if (AvxVnni.IsSupported)
        {
            return AvxVnni.MultiplyWideningAndAdd(sums, activations.AsByte(), weights.AsSByte());
        }
#endif
        // What the instruction does, for tests on machines without it.
        Vector256<int> low = Vector256.Create(255);
        sums += (activations & low) * ((weights << 24) >> 24);
        sums += ((activations >> 8) & low) * ((weights << 16) >> 24);
        sums += ((activations >> 16) & low) * ((weights << 8) >> 24);
        return sums + ((activations >> 24) & low) * (weights >> 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> first, Vector256<int> second, int* target)
    {
        first.Store(target);
        second.Store(target + 8);
    }
}
