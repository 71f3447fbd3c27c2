using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Kernels;

/// <summary>Picks the compiled product for a width.</summary>
internal static class ManagedGemm
{
    /// <summary>Columns of a packed panel of B.</summary>
    public static int PanelWidth(VectorWidth width) => (int)width * (width == VectorWidth.Vector512 || Wide(width) ? 3 : 2);

    /// <summary>Values that an [n, k] matrix takes when packed.</summary>
    public static int PackedLength(VectorWidth width, int n, int k) => checked((n + PanelWidth(width) - 1) / PanelWidth(width) * PanelWidth(width) * k);

    public static void Run(VectorWidth width, in GemmProblem problem)
    {
        switch (width)
        {
            case VectorWidth.Vector512:
                ManagedGemm<Simd512, Vector512<float>, Rows8, Columns3>.Run(problem);
                break;
            case VectorWidth.Vector256:
                ManagedGemm<Simd256, Vector256<float>, Rows6, Columns2>.Run(problem);
                break;
            case VectorWidth.Vector128 when Wide(width):
                ManagedGemm<Simd128, Vector128<float>, Rows8, Columns3>.Run(problem);
                break;
            case VectorWidth.Vector128:
                ManagedGemm<Simd128, Vector128<float>, Rows6, Columns2>.Run(problem);
                break;
            default:
                ManagedGemm<Simd1, float, Rows6, Columns2>.Run(problem);
                break;
        }
    }

    /// <summary>Neon has 32 registers of 128 bits where SSE has 16.</summary>
    private static bool Wide(VectorWidth width) => width == VectorWidth.Vector128 && Isa.ManyRegisters;
}

/// <summary>
/// Blocked product after Goto and van de Geijn (2008): a panel of B stays in the first cache while the rows of a block of A,
/// which stays in the second, pass by. With many rows and columns A is packed as well, so that it is read front to back.
/// </summary>
internal static unsafe class ManagedGemm<TSimd, TVector, TRows, TColumns>
    where TSimd : struct, ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>
    /// Most rows of A per block, a multiple of 6 and 8: those of a clip of 10 s together, so that weights come from memory once.
    /// With <see cref="DepthBlock"/> 480 kB, what a second-level cache holds.
    /// </summary>
    private const int RowBlock = 312;

    /// <summary>Depth of a block: a panel of B this deep (24 kB at 16 columns) just shares a first-level cache with A's rows.</summary>
    private const int DepthBlock = 384;

    /// <summary>So many tiles of a panel of B fetch the next one: enough to hide its way from memory, few enough to cost little.</summary>
    private const int FetchTiles = 16;

    /// <summary>Up to so many tiles of rows A is read in place.</summary>
    private const int FewTiles = 4;

    /// <summary>From so many panels of B on, packed rows of A are read often enough to pay for their packing.</summary>
    private const int ManyPanels = 12;

    /// <summary>Columns of B packed at a time.</summary>
    private const int ColumnBlock = 960;

    private static int TileRows => typeof(TRows) == typeof(Rows8) ? 8 : 6;

    private static int TileColumns => (typeof(TColumns) == typeof(Columns3) ? 3 : 2) * TSimd.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GemmProblem p)
    {
        int depth = Part(p.K, DepthBlock, 8), rowBlock = Part(p.M, RowBlock, TileRows);
        bool packA = PackingPays(p);
        int aLength = ((packA ? rowBlock : TileRows) + TileRows) * depth;
        int columnBlock = p.Packed ? p.N : Math.Min((p.N + TileColumns - 1) / TileColumns * TileColumns, ColumnBlock);
        int bLength = p.Packed ? 0 : columnBlock * depth;
        float* aPanels = AlignedBuffer.Ensure(ref GemmScratch.Panels, aLength + bLength + 16), bPanels = aPanels + ((aLength + 15) & ~15);
        for (int column = 0; column < p.N; column += columnBlock)
        {
            int columns = Math.Min(columnBlock, p.N - column);
            for (int start = 0; start < p.K; start += depth)
            {
                int k = Math.Min(depth, p.K - start);
                if (!p.Packed)
                {
                    float* from = p.B + (p.TransposeB ? column * p.Ldb + start : start * p.Ldb + column);
                    GemmPacking.PackB(from, p.Ldb, p.TransposeB, k, columns, TileColumns, TSimd.Lanes, bPanels);
                }
                for (int row = 0; row < p.M; row += rowBlock)
                {
                    Block(p, row, Math.Min(rowBlock, p.M - row), column, columns, start, k, packA, aPanels, bPanels);
                }
            }
        }
    }

    /// <summary>The length of equal parts of at most so many steps, each a multiple of the unit.</summary>
    private static int Part(int length, int most, int unit)
    {
        int parts = (length + most - 1) / most;
        return parts <= 1 ? length : ((length + parts - 1) / parts + unit - 1) / unit * unit;
    }

    /// <summary>
    /// A transposed A would touch a page per step of k. Rows that are far apart cost the caches more than copying them where they
    /// are read again and again; a multiple of 4 kB apart, they share the cache's sets, and few of them do so too.
    /// </summary>
    private static bool PackingPays(in GemmProblem p) => p.DepthStride != 1
        || (p.N >= ManyPanels * TileColumns && p.M > (p.RowStride % 1024 == 0 ? TileRows : FewTiles * TileRows));

    /// <summary>All tiles of a block of A's rows with the block of B's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(
        in GemmProblem p, int row, int rows, int column, int columns, int start, int k, bool packA, float* aPanels, float* bPanels)
    {
        float* a = p.A + row * p.RowStride + start * p.DepthStride;
        nint rowStride = packA ? 1 : p.RowStride, depthStride = packA ? TileRows : 1;
        nint tileStride = packA ? (nint)TileRows * k : TileRows * p.RowStride;
        int edge = rows % TileRows;
        float* edgePanel = null;
        if (packA)
        {
            GemmPacking.PackA(a, p.RowStride, p.DepthStride, rows, k, TileRows, aPanels);
            a = aPanels;
        }
        else if (edge is > 1 and not 4)
        {
            // The tile reads whole rows only: give it zeros for those that A does not have.
            edgePanel = aPanels;
            GemmPacking.PackA(a + (rows - edge) * p.RowStride, p.RowStride, 1, edge, k, TileRows, edgePanel);
        }
        bool accumulate = p.Accumulate || start > 0;
        int tiles = (rows + TileRows - 1) / TileRows, fetching = Math.Min(tiles, FetchTiles);
        nint aheadStep = (nint)TileColumns * sizeof(float) / fetching;
        for (int j = 0; j < columns; j += TileColumns)
        {
            int width = Math.Min(TileColumns, columns - j);
            float* b = p.Packed
                ? p.B + (column + j) * p.Ldb + (nint)start * Math.Min(TileColumns, (width + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes)
                : bPanels + (nint)j * k;
            float* c = p.C + row * p.Ldc + column + j, bias = start > 0 || p.Bias == null ? null : p.Bias + column + j;
            float* tile = a;
            byte* ahead = (byte*)(j + TileColumns < columns ? b + TileColumns * (p.Packed ? p.Ldb : k) : p.B + (nint)(start + k) * TileColumns);
            int i = 0;
            for (; i <= rows - TileRows; i += TileRows, tile += tileStride, ahead += k * aheadStep)
            {
                nint step = i < fetching * TileRows ? aheadStep : 0;
                Tile(k, tile, rowStride, depthStride, b, c + i * p.Ldc, p.Ldc, TileRows, width, accumulate, bias, ahead, step);
            }
            if (edge > 0)
            {
                nint step = i < fetching * TileRows ? aheadStep : 0;
                if (edgePanel == null)
                {
                    Tile(k, tile, rowStride, depthStride, b, c + i * p.Ldc, p.Ldc, edge, width, accumulate, bias, ahead, step);
                }
                else
                {
                    Tile(k, edgePanel, 1, TileRows, b, c + i * p.Ldc, p.Ldc, edge, width, accumulate, bias, ahead, step);
                }
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(
        int k, float* a, nint rowStride, nint depthStride, float* b, float* c, nint ldc, int rows, int width, bool accumulate, float* bias,
        byte* ahead, nint aheadStep)
    {
        if (width == TileColumns && (rows == TileRows || rows == 4 || rows == 1))
        {
            Compute(k, a, rowStride, depthStride, b, c, ldc, rows, TileColumns / TSimd.Lanes, accumulate, bias, ahead, aheadStep);
            return;
        }
        float* whole = stackalloc float[8 * 3 * 16];
        int vectors = (width + TSimd.Lanes - 1) / TSimd.Lanes;
        Compute(k, a, rowStride, depthStride, b, whole, vectors * TSimd.Lanes, rows, vectors, false, null, ahead, aheadStep);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < width; j++)
            {
                c[i * ldc + j] = whole[i * vectors * TSimd.Lanes + j] + (accumulate ? c[i * ldc + j] : 0) + (bias == null ? 0 : bias[j]);
            }
        }
    }

    private static void Compute(
        int k, float* a, nint rowStride, nint depthStride, float* b, float* c, nint ldc, int rows, int vectors, bool accumulate, float* bias,
        byte* ahead, nint aheadStep)
    {
        switch (vectors)
        {
            case 1:
                Compute<Columns1>(k, a, rowStride, depthStride, b, c, ldc, rows, accumulate, bias, ahead, aheadStep);
                break;
            case 2:
                Compute<Columns2>(k, a, rowStride, depthStride, b, c, ldc, rows, accumulate, bias, ahead, aheadStep);
                break;
            default:
                Compute<Columns3>(k, a, rowStride, depthStride, b, c, ldc, rows, accumulate, bias, ahead, aheadStep);
                break;
        }
    }

    private static void Compute<TWidth>(
        int k, float* a, nint rowStride, nint depthStride, float* b, float* c, nint ldc, int rows, bool accumulate, float* bias,
        byte* ahead, nint aheadStep)
    {
        if (rows == 1)
        {
            GemmTile.MultiplyRow<TSimd, TVector, TWidth>(k, a, depthStride, b, c, accumulate, bias);
        }
        else if (aheadStep == 0)
        {
            Compute<TWidth, NoFetch>(k, a, rowStride, depthStride, b, c, ldc, rows, accumulate, bias, ahead, aheadStep);
        }
        else
        {
            Compute<TWidth, Fetch>(k, a, rowStride, depthStride, b, c, ldc, rows, accumulate, bias, ahead, aheadStep);
        }
    }

    private static void Compute<TWidth, TFetch>(
        int k, float* a, nint rowStride, nint depthStride, float* b, float* c, nint ldc, int rows, bool accumulate, float* bias,
        byte* ahead, nint aheadStep)
    {
        if (rows > 4)
        {
            GemmTile.Multiply<TSimd, TVector, TRows, TWidth, TFetch>(k, a, rowStride, depthStride, b, c, ldc, accumulate, bias, ahead, aheadStep);
        }
        else
        {
            GemmTile.Multiply<TSimd, TVector, Rows4, TWidth, TFetch>(k, a, rowStride, depthStride, b, c, ldc, accumulate, bias, ahead, aheadStep);
        }
    }
}
