using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>Functions of one register.</summary>
internal static class VectorMath
{
    /// <summary>
    /// e^x within two units in the last place. x is held to [-87, 88], so the result is never 0, denormal or infinite.
    /// Cephes' expf: x = n ln 2 + r with |r| at most half of ln 2, a polynomial of degree six in r, times 2^n.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        x = TSimd.Min(TSimd.Create(88), TSimd.Max(TSimd.Create(-87), x));
        TVector n = TSimd.Floor(TSimd.MultiplyAdd(x, TSimd.Create(1.44269504f), TSimd.Create(0.5f)));

        // ln 2 in two parts: the first has so few bits that n times it is exact.
        TVector r = TSimd.MultiplyAdd(n, TSimd.Create(-0.693359375f), x);
        r = TSimd.MultiplyAdd(n, TSimd.Create(2.12194440e-4f), r);
        TVector p = TSimd.Create(1.9875691500e-4f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.3981999507e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(8.3334519073e-3f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(4.1665795894e-2f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(1.6666665459e-1f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Create(5.0000001201e-1f));
        p = TSimd.Add(TSimd.MultiplyAdd(TSimd.Multiply(r, r), p, r), TSimd.Create(1));
        return TSimd.Multiply(p, TSimd.PowerOfTwo(n));
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TSimd, TVector>(TVector x)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged =>
        TSimd.Divide(TSimd.Create(1), TSimd.Add(TSimd.Create(1), Exp<TSimd, TVector>(TSimd.Subtract(default, x))));
}
