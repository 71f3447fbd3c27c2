using System.Numerics;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>
/// Fourier transform of several real frames at once (eight of float, four of double), one frame in each lane of a vector:
/// no shuffles, and every lane is computed exactly as it would be alone. The real transform of length n is a complex one
/// of n/2 (even samples as real, odd ones as imaginary parts), radix 4 with decimation in frequency, in place, with
/// twiddles rounded from float64. Immutable: safe for concurrent callers, each with its own buffers.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed unsafe class Fft<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Frames transformed at once.</summary>
    public static int Lanes => Vector256<T>.Count;

    private readonly int half;
    private readonly T[] twiddles;     // per stage and j: cos, sin of -2 pi {1,2,3} j / stage length
    private readonly T[] realTwiddles; // k = 0..n/4: cos, sin of 2 pi k / n
    private readonly int[] slots;      // where the in-place transform leaves output k

    /// <param name="length">Samples per frame: a power of two, 4 or more.</param>
    public Fft(int length)
    {
        if (length < 4 || !BitOperations.IsPow2(length))
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "The transform's length must be a power of two, 4 or more.");
        }
        (Length, half) = (length, length / 2);
        List<T> factors = [];
        for (int size = half; size > 4; size /= 4)
        {
            for (int j = 0; j < size / 4; j++)
            {
                for (int k = 1; k <= 3; k++)
                {
                    (double sin, double cos) = Math.SinCos(-2 * Math.PI * k * j / size);
                    factors.Add(T.CreateTruncating(cos));
                    factors.Add(T.CreateTruncating(sin));
                }
            }
        }
        twiddles = [.. factors];
        realTwiddles = new T[2 * (half / 2 + 1)];
        for (int k = 0; k <= half / 2; k++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * k / length);
            (realTwiddles[2 * k], realTwiddles[2 * k + 1]) = (T.CreateTruncating(cos), T.CreateTruncating(sin));
        }
        int[] order = Order(half);
        slots = new int[half];
        for (int slot = 0; slot < half; slot++)
        {
            slots[order[slot]] = slot;
        }
    }

    /// <summary>Samples per frame.</summary>
    public int Length { get; }

    /// <summary>frames [Length], sample by sample, is destroyed; spectrum [Length/2 + 1, 2] gets real and imaginary parts.</summary>
    public void Spectrum(Span<Vector256<T>> frames, Span<Vector256<T>> spectrum)
    {
        Check(frames.Length, Length, nameof(frames));
        Check(spectrum.Length, 2 * (half + 1), nameof(spectrum));
        fixed (Vector256<T>* z = frames, x = spectrum)
        {
            Transform(z);
            (x[0], x[1]) = (z[0] + z[1], Vector256<T>.Zero);
            (x[2 * half], x[2 * half + 1]) = (z[0] - z[1], Vector256<T>.Zero);
            for (int k = 1; k <= half / 2; k++)
            {
                Split(z, k, out Vector256<T> er, out Vector256<T> ei, out Vector256<T> tr, out Vector256<T> ti);
                (x[2 * k], x[2 * k + 1]) = (er + tr, ei + ti);
                (x[2 * (half - k)], x[2 * (half - k) + 1]) = (er - tr, ti - ei);
            }
        }
    }

    /// <summary>frames [Length] is destroyed; power [Length/2 + 1] gets the squared magnitudes.</summary>
    public void Power(Span<Vector256<T>> frames, Span<Vector256<T>> power)
    {
        Check(frames.Length, Length, nameof(frames));
        Check(power.Length, half + 1, nameof(power));
        fixed (Vector256<T>* z = frames, p = power)
        {
            Transform(z);
            (p[0], p[half]) = ((z[0] + z[1]) * (z[0] + z[1]), (z[0] - z[1]) * (z[0] - z[1]));
            for (int k = 1; k <= half / 2; k++)
            {
                Split(z, k, out Vector256<T> er, out Vector256<T> ei, out Vector256<T> tr, out Vector256<T> ti);
                Vector256<T> re = er + tr, im = ei + ti, reMirror = er - tr, imMirror = ei - ti;
                p[k] = re * re + im * im;
                p[half - k] = reMirror * reMirror + imMirror * imMirror;
            }
        }
    }

    // Outputs of one block end up sorted by their index modulo 4, and so on within each quarter.
    private static int[] Order(int size)
    {
        if (size < 4)
        {
            return size == 1 ? [0] : [0, 1];
        }
        int[] child = Order(size / 4), order = new int[size];
        for (int i = 0; i < size; i++)
        {
            order[i] = 4 * child[i % child.Length] + i / child.Length;
        }
        return order;
    }

    private static void Check(int actual, int needed, string name)
    {
        if (actual < needed)
        {
            throw new ArgumentException($"{name} must hold {needed} vectors, not {actual}.", name);
        }
    }

    private void Transform(Vector256<T>* z)
    {
        fixed (T* factors = twiddles)
        {
            T* stage = factors;
            int size = half;
            for (; size > 4; size /= 4)
            {
                int quarter = size / 4;
                for (int block = 0; block < half; block += size)
                {
                    Vector256<T>* a = z + 2 * block, b = a + 2 * quarter, c = b + 2 * quarter, d = c + 2 * quarter;
                    T* w = stage;
                    for (int j = 0; j < quarter; j++, a += 2, b += 2, c += 2, d += 2, w += 6)
                    {
                        Vector256<T> sumR = a[0] + c[0], sumI = a[1] + c[1], r = a[0] - c[0], i = a[1] - c[1];
                        Vector256<T> oddR = b[0] + d[0], oddI = b[1] + d[1], s = b[1] - d[1], t = d[0] - b[0]; // -i (b - d) = (s, t)
                        a[0] = sumR + oddR;
                        a[1] = sumI + oddI;
                        Rotate(b, r + s, i + t, w[0], w[1]);
                        Rotate(c, sumR - oddR, sumI - oddI, w[2], w[3]);
                        Rotate(d, r - s, i - t, w[4], w[5]);
                    }
                }
                stage += 6 * quarter;
            }
            if (size == 4)
            {
                for (Vector256<T>* a = z; a < z + 2 * half; a += 8)
                {
                    Vector256<T> sumR = a[0] + a[4], sumI = a[1] + a[5], r = a[0] - a[4], i = a[1] - a[5];
                    Vector256<T> oddR = a[2] + a[6], oddI = a[3] + a[7], s = a[3] - a[7], t = a[6] - a[2];
                    (a[0], a[1], a[2], a[3]) = (sumR + oddR, sumI + oddI, r + s, i + t);
                    (a[4], a[5], a[6], a[7]) = (sumR - oddR, sumI - oddI, r - s, i - t);
                }
            }
            else if (size == 2)
            {
                for (Vector256<T>* a = z; a < z + 2 * half; a += 4)
                {
                    Vector256<T> r = a[2], i = a[3];
                    (a[2], a[3]) = (a[0] - r, a[1] - i);
                    (a[0], a[1]) = (a[0] + r, a[1] + i);
                }
            }
        }
    }

    private static void Rotate(Vector256<T>* y, Vector256<T> re, Vector256<T> im, T cos, T sin)
    {
        Vector256<T> c = Vector256.Create(cos), s = Vector256.Create(sin);
        y[0] = re * c - im * s;
        y[1] = re * s + im * c;
    }

    // With E, O the transforms of even and odd samples: X[k] = E + t and X[n/2 - k] = conj(E - t), t = e^(-2 pi i k/n) O.
    private void Split(
        Vector256<T>* z, int k, out Vector256<T> er, out Vector256<T> ei, out Vector256<T> tr, out Vector256<T> ti)
    {
        Vector256<T>* p = z + 2 * slots[k], q = z + 2 * slots[half - k];
        Vector256<T> h = Vector256.Create(T.CreateTruncating(0.5)), c = Vector256.Create(realTwiddles[2 * k]), s = Vector256.Create(realTwiddles[2 * k + 1]);
        er = (p[0] + q[0]) * h;
        ei = (p[1] - q[1]) * h;
        Vector256<T> or = (p[1] + q[1]) * h, oi = (q[0] - p[0]) * h;
        tr = c * or + s * oi;
        ti = c * oi - s * or;
    }
}
