using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Engine.Kernels;

/// <summary>Two columns per vector, as 16-bit numbers; see <see cref="ByteDot256"/>.</summary>
internal readonly unsafe struct ByteDot128 : IByteDot<Vector128<int>>
{
    public static int Columns => 4;

    public static int GroupBytes => 8;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Second(nint panelBytes) => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Weights(sbyte* source) =>
        Sse41.IsSupported
            ? Sse41.ConvertToVector128Int16(source).AsInt32()
            : Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)source).AsSByte()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Activations(byte* source) => Vector128.Create(*(long*)source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<int> sums, Vector128<int> weights, Vector128<int> activations) =>
        sums + (Sse2.IsSupported
            ? Sse2.MultiplyAddAdjacent(weights.AsInt16(), activations.AsInt16())
            : ((weights << 16) >> 16) * ((activations << 16) >> 16) + (weights >> 16) * (activations >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<int> first, Vector128<int> second, int* target)
    {
        Vector128<int> sums = Ssse3.IsSupported
            ? Ssse3.HorizontalAdd(first, second)
            : Vector128.Create(first[0] + first[1], first[2] + first[3], second[0] + second[1], second[2] + second[3]);
        sums.Store(target);
    }
}
