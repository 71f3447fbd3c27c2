using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Engine.Kernels;

/// <summary>AVX-512: eight columns per vector, as 16-bit numbers; see <see cref="ByteDot256"/>.</summary>
internal readonly unsafe struct ByteDot512 : IByteDot<Vector512<int>>
{
    public static int Columns => 16;

    public static int GroupBytes => 8;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Second(nint panelBytes) => panelBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Weights(sbyte* source)
    {
        Vector256<sbyte> bytes = Vector256.Load(source);
        return Avx512BW.IsSupported
            ? Avx512BW.ConvertToVector512Int16(bytes).AsInt32()
            : Vector512.Create(Vector256.WidenLower(bytes), Vector256.WidenUpper(bytes)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Activations(byte* source) => Vector512.Create(*(long*)source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> sums, Vector512<int> weights, Vector512<int> activations) =>
        sums + (Avx512BW.IsSupported
            ? Avx512BW.MultiplyAddAdjacent(weights.AsInt16(), activations.AsInt16())
            : ((weights << 16) >> 16) * ((activations << 16) >> 16) + (weights >> 16) * (activations >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> first, Vector512<int> second, int* target)
    {
        // Each column's two sums are neighbours: halves of 64-bit lanes.
        Pairs(first).Store(target);
        Pairs(second).Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Pairs(Vector512<int> sums)
    {
        Vector512<long> both = (sums + (sums.AsInt64() >> 32).AsInt32()).AsInt64();
        return Vector256.Narrow(both.GetLower(), both.GetUpper());
    }
}
