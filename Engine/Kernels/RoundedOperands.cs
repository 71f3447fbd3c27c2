namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Products with bfloat16 factors on any processor: both operands are copied, rounded to bfloat16, and multiplied in float32. That is
/// what oneDNN computes but for the order of its sums, and no faster than float32: a twin to measure by what the rounding does.
/// </summary>
internal static unsafe class RoundedOperands
{
    [ThreadStatic]
    private static AlignedBuffer? operandA;

    [ThreadStatic]
    private static AlignedBuffer? operandB;

    /// <summary>Puts the copies, which live until the thread's next product, in the place of A and, unless it is packed, of B.</summary>
    public static void Replace(ref GemmProblem p)
    {
        bool transposed = p.DepthStride != 1;
        (int rows, int columns) = transposed ? (p.K, p.M) : (p.M, p.K);
        p.A = Of(ref operandA, p.A, transposed ? p.DepthStride : p.RowStride, rows, columns);
        (p.RowStride, p.DepthStride) = transposed ? (1, columns) : (columns, 1);
        if (!p.Packed)
        {
            (rows, columns) = p.TransposeB ? (p.N, p.K) : (p.K, p.N);
            p.B = OfB(p.B, p.Ldb, rows, columns);
            p.Ldb = columns;
        }
    }

    /// <summary>A copy [rows, columns] of B, likewise.</summary>
    public static float* OfB(float* b, nint stride, int rows, int columns) => Of(ref operandB, b, stride, rows, columns);

    private static float* Of(ref AlignedBuffer? buffer, float* source, nint stride, int rows, int columns)
    {
        float* target = AlignedBuffer.Ensure(ref buffer, checked(rows * columns));
        Rounding.ThroughBFloat16(source, stride, rows, columns, target);
        return target;
    }
}
