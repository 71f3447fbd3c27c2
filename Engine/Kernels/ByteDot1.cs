using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>One column at a time.</summary>
internal readonly unsafe struct ByteDot1 : IByteDot<int>
{
    public static int Columns => 2;

    public static int GroupBytes => 4;

    public static int Offset => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Second(nint panelBytes) => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Weights(sbyte* source) => *(int*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Activations(byte* source) => *(int*)source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MultiplyAdd(int sums, int weights, int activations) =>
        sums + (sbyte)weights * (sbyte)activations + (sbyte)(weights >> 8) * (sbyte)(activations >> 8)
        + (sbyte)(weights >> 16) * (sbyte)(activations >> 16) + (sbyte)(weights >> 24) * (sbyte)(activations >> 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(int first, int second, int* target) => (target[0], target[1]) = (first, second);
}
