using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

internal readonly struct Rows4;

internal readonly struct Rows6;

internal readonly struct Rows8;

internal readonly struct Columns1;

internal readonly struct Columns2;

internal readonly struct Columns3;

/// <summary>The tile asks for what comes next: for few rows, whose weights come from memory.</summary>
internal readonly struct Fetch;

/// <summary>The tile asks for nothing: the cache has what it needs, and loads are what limits it.</summary>
internal readonly struct NoFetch;

/// <summary>
/// The innermost product: a tile of C stays in registers while k runs. Eight rows by three vectors use 28 of the 32
/// registers of AVX-512 and Neon, six by two 15 of the 16 of AVX and SSE. Smaller tiles of the same body serve the edges.
/// The tests on typeof are settled when the body is compiled for its types, and leave no trace.
/// </summary>
internal static unsafe class GemmTile
{
    /// <summary>
    /// C[i, :] = (accumulate ? C[i, :] : 0) + sum over p of a[i * rowStride + p * depthStride] b[p, :] + bias;
    /// b is a packed panel, as wide as the tile; bias may be null. With <see cref="Fetch"/> each step of k asks the second-level
    /// cache for <paramref name="ahead"/>, which then moves on by <paramref name="aheadStep"/> bytes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TSimd, TVector, TRows, TColumns, TFetch>(
        int k, float* a, nint rowStride, nint depthStride, float* b, float* c, nint ldc, bool accumulate, float* bias, byte* ahead, nint aheadStep)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector c00 = default, c01 = default, c02 = default;
        TVector c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default;
        TVector c30 = default, c31 = default, c32 = default;
        TVector c40 = default, c41 = default, c42 = default;
        TVector c50 = default, c51 = default, c52 = default;
        TVector c60 = default, c61 = default, c62 = default;
        TVector c70 = default, c71 = default, c72 = default;
        float* a0 = a, a1 = a0 + rowStride, a2 = a1 + rowStride, a3 = a2 + rowStride, a4 = a3 + rowStride, a5 = a4 + rowStride, a6 = a5 + rowStride, a7 = a6 + rowStride;
        for (nint i = 0; i < (typeof(TRows) == typeof(Rows4) ? 4 : typeof(TRows) == typeof(Rows6) ? 6 : 8); i++)
        {
            TSimd.Prefetch(c + i * ldc);
        }
        nint o = 0;
        float* end = b + (nint)k * Width<TSimd, TVector, TColumns>();
        while (b < end)
        {
            if (typeof(TFetch) == typeof(Fetch))
            {
                Isa.PrefetchSecond(ahead);
                ahead += aheadStep;
            }
            TVector b0 = TSimd.Load(b), b1 = default, b2 = default;
            if (typeof(TColumns) != typeof(Columns1))
            {
                b1 = TSimd.Load(b + TSimd.Lanes);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                b2 = TSimd.Load(b + 2 * TSimd.Lanes);
            }
            TVector x = TSimd.Create(a0[o]);
            c00 = TSimd.MultiplyAdd(x, b0, c00);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c01 = TSimd.MultiplyAdd(x, b1, c01);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c02 = TSimd.MultiplyAdd(x, b2, c02);
            }
            x = TSimd.Create(a1[o]);
            c10 = TSimd.MultiplyAdd(x, b0, c10);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c11 = TSimd.MultiplyAdd(x, b1, c11);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c12 = TSimd.MultiplyAdd(x, b2, c12);
            }
            x = TSimd.Create(a2[o]);
            c20 = TSimd.MultiplyAdd(x, b0, c20);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c21 = TSimd.MultiplyAdd(x, b1, c21);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c22 = TSimd.MultiplyAdd(x, b2, c22);
            }
            x = TSimd.Create(a3[o]);
            c30 = TSimd.MultiplyAdd(x, b0, c30);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c31 = TSimd.MultiplyAdd(x, b1, c31);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c32 = TSimd.MultiplyAdd(x, b2, c32);
            }
            if (typeof(TRows) != typeof(Rows4))
            {
                x = TSimd.Create(a4[o]);
                c40 = TSimd.MultiplyAdd(x, b0, c40);
                if (typeof(TColumns) != typeof(Columns1))
                {
                    c41 = TSimd.MultiplyAdd(x, b1, c41);
                }
                if (typeof(TColumns) == typeof(Columns3))
                {
                    c42 = TSimd.MultiplyAdd(x, b2, c42);
                }
                x = TSimd.Create(a5[o]);
                c50 = TSimd.MultiplyAdd(x, b0, c50);
                if (typeof(TColumns) != typeof(Columns1))
                {
                    c51 = TSimd.MultiplyAdd(x, b1, c51);
                }
                if (typeof(TColumns) == typeof(Columns3))
                {
                    c52 = TSimd.MultiplyAdd(x, b2, c52);
                }
            }
            if (typeof(TRows) == typeof(Rows8))
            {
                x = TSimd.Create(a6[o]);
                c60 = TSimd.MultiplyAdd(x, b0, c60);
                if (typeof(TColumns) != typeof(Columns1))
                {
                    c61 = TSimd.MultiplyAdd(x, b1, c61);
                }
                if (typeof(TColumns) == typeof(Columns3))
                {
                    c62 = TSimd.MultiplyAdd(x, b2, c62);
                }
                x = TSimd.Create(a7[o]);
                c70 = TSimd.MultiplyAdd(x, b0, c70);
                if (typeof(TColumns) != typeof(Columns1))
                {
                    c71 = TSimd.MultiplyAdd(x, b1, c71);
                }
                if (typeof(TColumns) == typeof(Columns3))
                {
                    c72 = TSimd.MultiplyAdd(x, b2, c72);
                }
            }
            b += Width<TSimd, TVector, TColumns>();
            o += depthStride;
        }
        Finish<TSimd, TVector, TColumns>(c, c00, c01, c02, accumulate, bias);
        Finish<TSimd, TVector, TColumns>(c + ldc, c10, c11, c12, accumulate, bias);
        Finish<TSimd, TVector, TColumns>(c + 2 * ldc, c20, c21, c22, accumulate, bias);
        Finish<TSimd, TVector, TColumns>(c + 3 * ldc, c30, c31, c32, accumulate, bias);
        if (typeof(TRows) != typeof(Rows4))
        {
            Finish<TSimd, TVector, TColumns>(c + 4 * ldc, c40, c41, c42, accumulate, bias);
            Finish<TSimd, TVector, TColumns>(c + 5 * ldc, c50, c51, c52, accumulate, bias);
        }
        if (typeof(TRows) == typeof(Rows8))
        {
            Finish<TSimd, TVector, TColumns>(c + 6 * ldc, c60, c61, c62, accumulate, bias);
            Finish<TSimd, TVector, TColumns>(c + 7 * ldc, c70, c71, c72, accumulate, bias);
        }
    }

    /// <summary>The same for a single row: four steps of k at once, so that the adds need not wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyRow<TSimd, TVector, TColumns>(
        int k, float* a, nint depthStride, float* b, float* c, bool accumulate, float* bias)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        TVector c00 = default, c01 = default, c02 = default;
        TVector c10 = default, c11 = default, c12 = default;
        TVector c20 = default, c21 = default, c22 = default;
        TVector c30 = default, c31 = default, c32 = default;
        for (; k >= 4; k -= 4)
        {
            TVector x = TSimd.Create(*a);
            c00 = TSimd.MultiplyAdd(x, TSimd.Load(b), c00);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c01 = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), c01);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c02 = TSimd.MultiplyAdd(x, TSimd.Load(b + 2 * TSimd.Lanes), c02);
            }
            a += depthStride;
            b += Width<TSimd, TVector, TColumns>();
            x = TSimd.Create(*a);
            c10 = TSimd.MultiplyAdd(x, TSimd.Load(b), c10);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c11 = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), c11);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c12 = TSimd.MultiplyAdd(x, TSimd.Load(b + 2 * TSimd.Lanes), c12);
            }
            a += depthStride;
            b += Width<TSimd, TVector, TColumns>();
            x = TSimd.Create(*a);
            c20 = TSimd.MultiplyAdd(x, TSimd.Load(b), c20);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c21 = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), c21);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c22 = TSimd.MultiplyAdd(x, TSimd.Load(b + 2 * TSimd.Lanes), c22);
            }
            a += depthStride;
            b += Width<TSimd, TVector, TColumns>();
            x = TSimd.Create(*a);
            c30 = TSimd.MultiplyAdd(x, TSimd.Load(b), c30);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c31 = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), c31);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c32 = TSimd.MultiplyAdd(x, TSimd.Load(b + 2 * TSimd.Lanes), c32);
            }
            a += depthStride;
            b += Width<TSimd, TVector, TColumns>();
        }
        for (; k > 0; k--)
        {
            TVector x = TSimd.Create(*a);
            c00 = TSimd.MultiplyAdd(x, TSimd.Load(b), c00);
            if (typeof(TColumns) != typeof(Columns1))
            {
                c01 = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), c01);
            }
            if (typeof(TColumns) == typeof(Columns3))
            {
                c02 = TSimd.MultiplyAdd(x, TSimd.Load(b + 2 * TSimd.Lanes), c02);
            }
            a += depthStride;
            b += Width<TSimd, TVector, TColumns>();
        }
        c00 = TSimd.Add(TSimd.Add(c00, c10), TSimd.Add(c20, c30));
        c01 = TSimd.Add(TSimd.Add(c01, c11), TSimd.Add(c21, c31));
        c02 = TSimd.Add(TSimd.Add(c02, c12), TSimd.Add(c22, c32));
        Finish<TSimd, TVector, TColumns>(c, c00, c01, c02, accumulate, bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Width<TSimd, TVector, TColumns>()
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged =>
        typeof(TColumns) == typeof(Columns3) ? 3 * TSimd.Lanes : typeof(TColumns) == typeof(Columns2) ? 2 * TSimd.Lanes : TSimd.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TSimd, TVector, TColumns>(float* c, TVector v0, TVector v1, TVector v2, bool accumulate, float* bias)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        Finish<TSimd, TVector>(c, v0, accumulate, bias, 0);
        if (typeof(TColumns) != typeof(Columns1))
        {
            Finish<TSimd, TVector>(c, v1, accumulate, bias, TSimd.Lanes);
        }
        if (typeof(TColumns) == typeof(Columns3))
        {
            Finish<TSimd, TVector>(c, v2, accumulate, bias, 2 * TSimd.Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TSimd, TVector>(float* c, TVector value, bool accumulate, float* bias, int offset)
        where TSimd : struct, ISimd<TVector>
        where TVector : unmanaged
    {
        if (accumulate)
        {
            value = TSimd.Add(value, TSimd.Load(c + offset));
        }
        if (bias != null)
        {
            value = TSimd.Add(value, TSimd.Load(bias + offset));
        }
        TSimd.Store(c + offset, value);
    }
}
