using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// The exact GELU x (1 + erf(x / sqrt 2)) / 2 (Hendrycks and Gimpel 2016) within 5e-7; twin: <see cref="Scalar.GeluForward"/>.
/// </summary>
public static class Gelu
{
    /// <summary>y may be x.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y) => Forward(Isa.Width, x, y);

    internal static void Forward(VectorWidth width, ReadOnlySpan<float> x, Span<float> y) => Elementwise.Run<Function>(width, x, y);

    private readonly struct Function : IFunction
    {
        /// <summary>
        /// max(x, 0) - |x| erfc(|x| / sqrt 2) / 2, which loses nothing for negative x. erfc(z) = poly(t) e^(-z z) with
        /// t = 1 / (1 + 0.3275911 z): Abramowitz and Stegun 7.1.26, within 1.5e-7.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TVector Of<TSimd, TVector>(TVector x)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            // Beyond 12 the second term is below 1e-30; held there so that nothing becomes infinite or denormal.
            TVector size = TSimd.Min(TSimd.Create(12), TSimd.Max(TSimd.Subtract(default, x), x));
            TVector t = TSimd.Divide(TSimd.Create(1), TSimd.MultiplyAdd(size, TSimd.Create(0.3275911f * 0.70710678f), TSimd.Create(1)));
            TVector p = TSimd.Create(0.5f * 1.061405429f);
            p = TSimd.MultiplyAdd(p, t, TSimd.Create(0.5f * -1.453152027f));
            p = TSimd.MultiplyAdd(p, t, TSimd.Create(0.5f * 1.421413741f));
            p = TSimd.MultiplyAdd(p, t, TSimd.Create(0.5f * -0.284496736f));
            p = TSimd.MultiplyAdd(p, t, TSimd.Create(0.5f * 0.254829592f));
            TVector e = VectorMath.Exp<TSimd, TVector>(TSimd.Multiply(TSimd.Multiply(size, size), TSimd.Create(-0.5f)));
            TVector rest = TSimd.Multiply(TSimd.Multiply(size, t), TSimd.Multiply(p, e));
            return TSimd.Subtract(TSimd.Max(default, x), rest);
        }
    }
}
