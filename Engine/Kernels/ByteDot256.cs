using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// AVX2: four columns per vector. vpmaddubsw, which multiplies bytes, sums pairs in 16 bits and saturates from two products
/// of 128 * 128 on, so weights are widened while they are loaded and multiplied as 16-bit numbers by vpmaddwd, which is
/// exact; with the second step that vpmaddubsw needs, both take as many multiplications. Each column has two sums, of k = 0, 1
/// and of k = 2, 3 of each four, which are added at the end.
/// </summary>
internal readonly unsafe struct ByteDot256 : IByteDot<Vector256<int>>
{
    public static int Columns => 8;

    public static int GroupBytes => 8;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Second(nint panelBytes) => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Weights(sbyte* source)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int16(source).AsInt32();
        }
        Vector128<sbyte> bytes = Vector128.Load(source);
        return Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes)).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Activations(byte* source) => Vector256.Create(*(long*)source).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<int> sums, Vector256<int> weights, Vector256<int> activations) =>
        sums + (Avx2.IsSupported
            ? Avx2.MultiplyAddAdjacent(weights.AsInt16(), activations.AsInt16())
            : ((weights << 16) >> 16) * ((activations << 16) >> 16) + (weights >> 16) * (activations >> 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> first, Vector256<int> second, int* target)
    {
        if (Avx2.IsSupported)
        {
            // Columns 0 1 4 5 | 2 3 6 7 after the sums of neighbours.
            Avx2.Permute4x64(Avx2.HorizontalAdd(first, second).AsInt64(), 0b11_01_10_00).AsInt32().Store(target);
            return;
        }
        for (int i = 0; i < 4; i++)
        {
            target[i] = first[2 * i] + first[2 * i + 1];
            target[4 + i] = second[2 * i] + second[2 * i + 1];
        }
    }
}
