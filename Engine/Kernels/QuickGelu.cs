using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>CLIP's activation x sigmoid(1.702 x); twins in <see cref="Scalar"/>.</summary>
public static unsafe class QuickGelu
{
    private const float Slope = 1.702f;

    /// <summary>y may be x.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y) => Forward(Isa.Width, x, y);

    /// <summary>Overwrites dx, which may be dy; x is the forward pass's input.</summary>
    public static void Backward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx) => Backward(Isa.Width, dy, x, dx);

    internal static void Forward(VectorWidth width, ReadOnlySpan<float> x, Span<float> y) => Elementwise.Run<Function>(width, x, y);

    internal static void Backward(VectorWidth width, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx)
    {
        Kernel.Require(dy.Length, x.Length, nameof(dy));
        Kernel.Require(dx.Length, x.Length, nameof(dx));
        fixed (float* pdy = dy, px = x, pdx = dx)
        {
            Kernel.Run(width, new BackwardKernel { Dy = pdy, X = px, Dx = pdx, Length = x.Length });
        }
    }

    private readonly struct Function : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<TSimd, TVector>(TVector x)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged =>
            TSimd.Divide(x, TSimd.Add(TSimd.Create(1), VectorMath.Exp<TSimd, TVector>(TSimd.Multiply(x, TSimd.Create(-Slope)))));
    }

    private struct BackwardKernel : IKernel
    {
        public float* Dy, X, Dx;
        public int Length;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            float* dy = Dy, x = X, dx = Dx;
            int i = 0;
            for (; i <= Length - TSimd.Lanes; i += TSimd.Lanes)
            {
                TSimd.Store(dx + i, Value<TSimd, TVector>(TSimd.Load(dy + i), TSimd.Load(x + i)));
            }
            for (; i < Length; i++)
            {
                dx[i] = Value<Simd1, float>(dy[i], x[i]);
            }
        }

        /// <summary>dy (s + z s (1 - s)) with z = 1.702 x, s = sigmoid(z).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static TVector Value<TSimd, TVector>(TVector dy, TVector x)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            TVector z = TSimd.Multiply(x, TSimd.Create(Slope)), s = VectorMath.Sigmoid<TSimd, TVector>(z);
            TVector rest = TSimd.Multiply(z, TSimd.Subtract(TSimd.Create(1), s));
            return TSimd.Multiply(dy, TSimd.MultiplyAdd(rest, s, s));
        }
    }
}
