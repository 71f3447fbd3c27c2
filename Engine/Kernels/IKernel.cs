using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>A kernel with its arguments, written once and compiled for each vector width.</summary>
internal interface IKernel
{
    void Run<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}

internal static class Kernel
{
    public static void Run<TKernel>(VectorWidth width, TKernel kernel)
        where TKernel : struct, IKernel
    {
        switch (width)
        {
            case VectorWidth.Vector512:
                kernel.Run<Simd512, Vector512<float>>();
                break;
            case VectorWidth.Vector256:
                kernel.Run<Simd256, Vector256<float>>();
                break;
            case VectorWidth.Vector128:
                kernel.Run<Simd128, Vector128<float>>();
                break;
            default:
                kernel.Run<Simd1, float>();
                break;
        }
    }

    /// <summary>Kernels work on addresses, so lengths are checked before they begin.</summary>
    public static void Require(int length, long needed, string name)
    {
        if (length < needed || needed < 0)
        {
            throw new ArgumentException($"{name}: the shape needs {needed} values, and {length} were given.", name);
        }
    }
}
