using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>Copies operands into panels that the tile reads front to back.</summary>
internal static unsafe class GemmPacking
{
    private const int RowsAtOnce = 8;

    /// <summary>
    /// op(A)[rows, k] as panels of <paramref name="panel"/> rows, each [k, panel]; the last one is filled up with zero rows.
    /// </summary>
    public static void PackA(float* a, nint rowStride, nint depthStride, int rows, int k, int panel, float* target)
    {
        if (depthStride != 1)
        {
            CopyRows(a, depthStride, k, rows, panel, panel, target);
            return;
        }
        for (int i = 0; i < rows; i += panel, target += (nint)panel * k, a += panel * rowStride)
        {
            int count = Math.Min(panel, rows - i);
            Transpose(a, rowStride, count, k, target, panel);
            Clear(target, count, panel, k);
        }
    }

    /// <summary>
    /// op(B)[k, n] as panels of <paramref name="panel"/> columns, each [k, panel], one after the other. The last panel is
    /// only as many vectors of <paramref name="lanes"/> wide as it needs, and is filled up with zero columns.
    /// </summary>
    public static void PackB(float* b, nint ldb, bool transpose, int k, int n, int panel, int lanes, float* target)
    {
        if (!transpose)
        {
            CopyRows(b, ldb, k, n, panel, lanes, target);
            return;
        }
        for (int j = 0; j < n; j += panel, target += (nint)panel * k)
        {
            int count = Math.Min(panel, n - j), width = Math.Min(panel, (count + lanes - 1) / lanes * lanes);
            Transpose(b + j * ldb, ldb, count, k, target, width);
            Clear(target, count, width, k);
        }
    }

    /// <summary>Columns [from, width) of [rows, width] become zero.</summary>
    private static void Clear(float* target, int from, int width, int rows)
    {
        for (int p = 0; p < rows && from < width; p++)
        {
            for (int i = from; i < width; i++)
            {
                target[(nint)p * width + i] = 0;
            }
        }
    }

    /// <summary>
    /// source[k, n] as panels of columns. Some rows at a time go to all panels: reading a whole panel's column first would touch a
    /// page per row, and rows a multiple of 4 kB apart would drive one another from the cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(float* source, nint stride, int k, int n, int panel, int lanes, float* target)
    {
        for (int start = 0; start < k; start += RowsAtOnce)
        {
            int end = Math.Min(k, start + RowsAtOnce);
            for (int j = 0; j < n; j += panel)
            {
                int count = Math.Min(panel, n - j), width = Math.Min(panel, (count + lanes - 1) / lanes * lanes);
                float* from = source + start * stride + j, to = target + (nint)j * k + (nint)start * width;
                for (int p = start; p < end; p++, from += stride, to += width)
                {
                    int i = 0;
                    for (; i <= count - 8; i += 8)
                    {
                        Vector256.Load(from + i).Store(to + i);
                    }
                    if (i <= count - 4)
                    {
                        Vector128.Load(from + i).Store(to + i);
                        i += 4;
                    }
                    for (; i < count; i++)
                    {
                        to[i] = from[i];
                    }
                    for (; i < width; i++)
                    {
                        to[i] = 0;
                    }
                }
            }
        }
    }

    /// <summary>target[p * width + i] = source[i * stride + p] for i below rows and p below columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, nint stride, int rows, int columns, float* target, int width)
    {
        int i = 0;
        for (; i <= rows - 4; i += 4)
        {
            float* row0 = source + i * stride, row1 = row0 + stride, row2 = row1 + stride, row3 = row2 + stride, to = target + i;
            int p = 0;
            for (; p <= columns - 4; p += 4, to += 4 * (nint)width)
            {
                // Pairs of rows are interleaved twice: (0,2) and (1,3), then their halves.
                Vector128<float> r0 = Vector128.Load(row0 + p), r1 = Vector128.Load(row1 + p);
                Vector128<float> r2 = Vector128.Load(row2 + p), r3 = Vector128.Load(row3 + p);
                Vector128<float> even0 = Simd128.ZipLow(r0, r2), even1 = Simd128.ZipHigh(r0, r2);
                Vector128<float> odd0 = Simd128.ZipLow(r1, r3), odd1 = Simd128.ZipHigh(r1, r3);
                Simd128.ZipLow(even0, odd0).Store(to);
                Simd128.ZipHigh(even0, odd0).Store(to + width);
                Simd128.ZipLow(even1, odd1).Store(to + 2 * (nint)width);
                Simd128.ZipHigh(even1, odd1).Store(to + 3 * (nint)width);
            }
            for (; p < columns; p++, to += width)
            {
                to[0] = row0[p];
                to[1] = row1[p];
                to[2] = row2[p];
                to[3] = row3[p];
            }
        }
        for (; i <= rows - 2; i += 2)
        {
            float* row0 = source + i * stride, row1 = row0 + stride, to = target + i;
            int p = 0;
            for (; p <= columns - 4; p += 4, to += 4 * (nint)width)
            {
                Vector128<float> r0 = Vector128.Load(row0 + p), r1 = Vector128.Load(row1 + p);
                Vector128<double> low = Simd128.ZipLow(r0, r1).AsDouble(), high = Simd128.ZipHigh(r0, r1).AsDouble();
                *(double*)to = low[0];
                *(double*)(to + width) = low[1];
                *(double*)(to + 2 * (nint)width) = high[0];
                *(double*)(to + 3 * (nint)width) = high[1];
            }
            for (; p < columns; p++, to += width)
            {
                to[0] = row0[p];
                to[1] = row1[p];
            }
        }
        for (; i < rows; i++)
        {
            for (int p = 0; p < columns; p++)
            {
                target[p * (nint)width + i] = source[i * stride + p];
            }
        }
    }
}
