namespace SoundSearch.Engine.Kernels;

/// <summary>One product with its addresses. op(A)[i, p] is at A[i * RowStride + p * DepthStride].</summary>
internal unsafe struct GemmProblem
{
    public float* A;
    public nint RowStride;
    public nint DepthStride;

    /// <summary>B as the caller has it, or, if <see cref="Packed"/>, its panels (see <see cref="GemmPacking.PackB"/>).</summary>
    public float* B;

    /// <summary>Steps of k are so far apart in B (or its columns, if transposed); if packed, so many steps are in each panel.</summary>
    public nint Ldb;
    public bool TransposeB;
    public bool Packed;

    /// <summary>The weights instead of B, for 8-bit products; C's first column is their column <see cref="FirstColumn"/>.</summary>
    public Int8Weights? Bytes;
    public int FirstColumn;
    public float* C;
    public nint Ldc;

    /// <summary>N values added to each row of C, or null.</summary>
    public float* Bias;
    public bool Accumulate;
    public int M;
    public int N;
    public int K;

    /// <summary>Rows [start, start + count) of C.</summary>
    public readonly GemmProblem SliceRows(int start, int count)
    {
        GemmProblem part = this;
        part.A += start * RowStride;
        part.C += start * Ldc;
        part.M = count;
        return part;
    }

    /// <summary>Columns [start, start + count) of C; start is a multiple of the panel width.</summary>
    public readonly GemmProblem SliceColumns(int start, int count)
    {
        GemmProblem part = this;
        part.FirstColumn += start;
        part.B += Packed || TransposeB ? start * Ldb : start;
        part.C += start;
        part.Bias = Bias == null ? null : Bias + start;
        part.N = count;
        return part;
    }
}
