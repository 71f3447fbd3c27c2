using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Products with <see cref="Int8Weights"/>. Each row of A is rounded to 8 bits with its own scale; twin:
/// <see cref="Scalar.GemmInt8"/>. All instruction sets give the same bits: sums are exact up to a depth of
/// <see cref="Int8Weights.DepthBlock"/>, and the few float32 operations after them come in one order.
/// </summary>
internal static class Int8Gemm
{
    public static void Run(VectorWidth width, bool vnni, in GemmProblem problem)
    {
        if (vnni)
        {
            Int8Gemm<ByteDotVnni, Vector256<int>>.Run(problem);
            return;
        }
        switch (width)
        {
            case VectorWidth.Vector512:
                Int8Gemm<ByteDot512, Vector512<int>>.Run(problem);
                break;
            case VectorWidth.Vector256:
                Int8Gemm<ByteDot256, Vector256<int>>.Run(problem);
                break;
            case VectorWidth.Vector128:
                Int8Gemm<ByteDot128, Vector128<int>>.Run(problem);
                break;
            default:
                Int8Gemm<ByteDot1, int>.Run(problem);
                break;
        }
    }
}

/// <summary>The body for one instruction set.</summary>
internal static unsafe class Int8Gemm<TDot, TVector>
    where TDot : struct, IByteDot<TVector>
    where TVector : unmanaged
{
    private const int TileRows = 6;

    /// <summary>Rows of A per block: with the depth block 192 kB as 16-bit numbers, part of a second-level cache.</summary>
    private const int RowBlock = 16 * TileRows;

    public static void Run(in GemmProblem p)
    {
        Int8Weights weights = p.Bytes!;
        nint stride = (nint)weights.Depth / 4 * TDot.GroupBytes;
        // A tile reads whole rows only: there is memory for those that A does not have, and what it holds does not matter.
        int rows = p.M + TileRows, scales = checked((int)((rows * stride + 63) / 64 * 16));
        byte* a = (byte*)AlignedBuffer.Ensure(ref GemmScratch.Panels, scales + rows);
        float* rowScales = (float*)a + scales;
        for (int i = 0; i < p.M; i++)
        {
            Round(p.A + i * p.RowStride, p.K, weights.Depth, a + i * stride, rowScales + i);
        }
        for (int start = 0, block = 0; start < weights.Depth; start += Int8Weights.DepthBlock, block++)
        {
            int groups = Math.Min(Int8Weights.DepthBlock, weights.Depth - start) / 4;
            int* sums = (int*)weights.Sums.Pointer + (nint)block * weights.Columns;
            for (int row = 0; row < p.M; row += RowBlock)
            {
                int end = Math.Min(p.M, row + RowBlock);
                for (int column = 0; column < p.N; column += TDot.Columns)
                {
                    int j = p.FirstColumn + column; // in the weights
                    sbyte* b = weights.Panels + (nint)(j / Int8Weights.Panel * Int8Weights.Panel) * weights.Depth
                        + (nint)start * Int8Weights.Panel + j % Int8Weights.Panel * 4;
                    nint second = TDot.Second((nint)weights.Depth * Int8Weights.Panel);
                    for (int i = row; i < end; i += TileRows)
                    {
                        Tile(p, groups, a + i * stride + (nint)(start / 4) * TDot.GroupBytes, stride, b, second,
                            i, Math.Min(TileRows, end - i), column, rowScales + i, weights.Scales.Pointer + j, sums + j, start > 0);
                    }
                }
            }
        }
        GC.KeepAlive(weights);
    }

    /// <summary>One row of A to whole numbers, in the form that the instructions take.</summary>
    private static void Round(float* source, int k, int depth, byte* target, float* scale)
    {
        if (TDot.GroupBytes == 8)
        {
            Rounding.ToInt16(source, k, Int8Weights.Limit, (short*)target, scale);
            new Span<short>((short*)target + k, depth - k).Clear();
            return;
        }
        Rounding.ToInt8(source, k, 1, k, Int8Weights.Limit, (sbyte*)target, scale);
        for (int p = 0; p < k && TDot.Offset != 0; p++)
        {
            target[p] = (byte)(target[p] + TDot.Offset);
        }
        new Span<byte>(target + k, depth - k).Clear(); // met by weights of zero
    }

    [SkipLocalsInit]
    private static void Tile(
        in GemmProblem p, int groups, byte* a, nint stride, sbyte* b, nint second, int row, int rows, int column,
        float* rowScales, float* columnScales, int* columnSums, bool addTo)
    {
        int* sums = stackalloc int[TileRows * 16];
        switch (rows)
        {
            case 1:
                Row(groups, a, b, second, sums);
                break;
            case <= 4:
                Rows4(groups, a, stride, b, second, sums);
                break;
            default:
                Rows6(groups, a, stride, b, second, sums);
                break;
        }
        int width = Math.Min(TDot.Columns, p.N - column);
        bool accumulate = p.Accumulate || addTo;
        float* bias = p.Bias == null || addTo ? null : p.Bias + column;
        for (int i = 0; i < rows * TDot.Columns && TDot.Offset != 0; i++)
        {
            sums[i] -= TDot.Offset * columnSums[i % TDot.Columns];
        }
        float* c = p.C + row * p.Ldc + column;
        if (width == TDot.Columns)
        {
            Rounding.FromInt32(sums, rowScales, columnScales, bias, c, p.Ldc, rows, width, accumulate);
            return;
        }
        for (int i = 0; i < rows; i++)
        {
            Rounding.FromInt32(sums + i * TDot.Columns, rowScales + i, columnScales, bias, c + i * p.Ldc, 0, 1, width, accumulate);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows6(int groups, byte* a, nint stride, sbyte* b, nint second, int* sums)
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        TVector c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        byte* a1 = a + stride, a2 = a1 + stride, a3 = a2 + stride, a4 = a3 + stride, a5 = a4 + stride;
        for (nint o = 0, end = (nint)groups * TDot.GroupBytes; o < end; o += TDot.GroupBytes, b += 4 * Int8Weights.Panel)
        {
            TVector b0 = TDot.Weights(b), b1 = TDot.Weights(b + second), x = TDot.Activations(a + o);
            c00 = TDot.MultiplyAdd(c00, b0, x);
            c01 = TDot.MultiplyAdd(c01, b1, x);
            x = TDot.Activations(a1 + o);
            c10 = TDot.MultiplyAdd(c10, b0, x);
            c11 = TDot.MultiplyAdd(c11, b1, x);
            x = TDot.Activations(a2 + o);
            c20 = TDot.MultiplyAdd(c20, b0, x);
            c21 = TDot.MultiplyAdd(c21, b1, x);
            x = TDot.Activations(a3 + o);
            c30 = TDot.MultiplyAdd(c30, b0, x);
            c31 = TDot.MultiplyAdd(c31, b1, x);
            x = TDot.Activations(a4 + o);
            c40 = TDot.MultiplyAdd(c40, b0, x);
            c41 = TDot.MultiplyAdd(c41, b1, x);
            x = TDot.Activations(a5 + o);
            c50 = TDot.MultiplyAdd(c50, b0, x);
            c51 = TDot.MultiplyAdd(c51, b1, x);
        }
        TDot.Store(c00, c01, sums);
        TDot.Store(c10, c11, sums + TDot.Columns);
        TDot.Store(c20, c21, sums + 2 * TDot.Columns);
        TDot.Store(c30, c31, sums + 3 * TDot.Columns);
        TDot.Store(c40, c41, sums + 4 * TDot.Columns);
        TDot.Store(c50, c51, sums + 5 * TDot.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows4(int groups, byte* a, nint stride, sbyte* b, nint second, int* sums)
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default;
        TVector c20 = default, c21 = default, c30 = default, c31 = default;
        byte* a1 = a + stride, a2 = a1 + stride, a3 = a2 + stride;
        for (nint o = 0, end = (nint)groups * TDot.GroupBytes; o < end; o += TDot.GroupBytes, b += 4 * Int8Weights.Panel)
        {
            TVector b0 = TDot.Weights(b), b1 = TDot.Weights(b + second), x = TDot.Activations(a + o);
            c00 = TDot.MultiplyAdd(c00, b0, x);
            c01 = TDot.MultiplyAdd(c01, b1, x);
            x = TDot.Activations(a1 + o);
            c10 = TDot.MultiplyAdd(c10, b0, x);
            c11 = TDot.MultiplyAdd(c11, b1, x);
            x = TDot.Activations(a2 + o);
            c20 = TDot.MultiplyAdd(c20, b0, x);
            c21 = TDot.MultiplyAdd(c21, b1, x);
            x = TDot.Activations(a3 + o);
            c30 = TDot.MultiplyAdd(c30, b0, x);
            c31 = TDot.MultiplyAdd(c31, b1, x);
        }
        TDot.Store(c00, c01, sums);
        TDot.Store(c10, c11, sums + TDot.Columns);
        TDot.Store(c20, c21, sums + 2 * TDot.Columns);
        TDot.Store(c30, c31, sums + 3 * TDot.Columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Row(int groups, byte* a, sbyte* b, nint second, int* sums)
    {
        TVector c0 = default, c1 = default;
        for (; groups > 0; groups--, a += TDot.GroupBytes, b += 4 * Int8Weights.Panel)
        {
            TVector x = TDot.Activations(a);
            c0 = TDot.MultiplyAdd(c0, TDot.Weights(b), x);
            c1 = TDot.MultiplyAdd(c1, TDot.Weights(b + second), x);
        }
        TDot.Store(c0, c1, sums);
    }
}
