using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>A function of one value, written once for vectors of all widths.</summary>
internal interface IFunction
{
    static abstract TVector Of<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged;
}

/// <summary>y = f(x), value by value.</summary>
internal static unsafe class Elementwise
{
    /// <summary>y may be x.</summary>
    public static void Run<TFunction>(VectorWidth width, ReadOnlySpan<float> x, Span<float> y)
        where TFunction : struct, IFunction
    {
        Kernel.Require(y.Length, x.Length, nameof(y));
        fixed (float* px = x, py = y)
        {
            Kernel.Run(width, new MapKernel<TFunction> { X = px, Y = py, Length = x.Length });
        }
    }

    private struct MapKernel<TFunction> : IKernel
        where TFunction : struct, IFunction
    {
        public float* X, Y;
        public int Length;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            float* x = X, y = Y;
            int i = 0;
            for (; i <= Length - TSimd.Lanes; i += TSimd.Lanes)
            {
                TSimd.Store(y + i, TFunction.Of<TSimd, TVector>(TSimd.Load(x + i)));
            }
            for (; i < Length; i++)
            {
                y[i] = TFunction.Of<Simd1, float>(x[i]);
            }
        }
    }
}
