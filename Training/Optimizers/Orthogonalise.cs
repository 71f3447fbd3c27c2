using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// U V^T of a matrix U S V^T, nearly: the quintic Newton-Schulz iteration X = a X + (b A + c A^2) X, A = X X^T, with Jordan's
/// coefficients, which take singular values from 0.01..1 to about 0.7..1.2 in five rounds and no further; Muon needs no more.
/// Owns its buffers; not for use from two threads at once.
/// </summary>
public sealed class Orthogonalise(int maxLength, int maxSide)
{
    private const float A = 3.4445f, B = -4.7750f, C = 2.0315f;

    private readonly float[] tall = new float[maxLength], next = new float[maxLength];
    private readonly float[] gram = new float[maxSide * maxSide], polynomial = new float[maxSide * maxSide];

    /// <summary>x [rows, columns] is replaced; zeros stay zeros. min(rows, columns) is at most maxSide.</summary>
    public void InPlace(Span<float> x, int rows, int columns, int iterations = 5)
    {
        float norm = TensorPrimitives.Norm<float>(x);
        TensorPrimitives.Multiply(x, 1 / (norm + 1e-7f), x);
        int side = Math.Min(rows, columns), length = Math.Max(rows, columns);
        Span<float> wide = tall.AsSpan(0, x.Length), other = next.AsSpan(0, x.Length);
        bool turned = rows > columns;
        if (turned)
        {
            Transpose(x, wide, rows, columns);
        }
        else
        {
            x.CopyTo(wide);
        }
        Span<float> a = gram.AsSpan(0, side * side), p = polynomial.AsSpan(0, side * side);
        for (int i = 0; i < iterations; i++)
        {
            Gemm.Multiply(wide, length, false, wide, length, true, a, side, side, side, length); // A = X X^T
            Gemm.Multiply(a, side, false, a, side, false, p, side, side, side, side);            // A A
            TensorPrimitives.Multiply(p, C, p);
            TensorPrimitives.MultiplyAdd(a, B, p, p);                                            // b A + c A A
            for (int d = 0; d < side; d++)
            {
                p[d * side + d] += A;                                                            // + a I
            }
            Gemm.Multiply(p, side, false, wide, length, false, other, length, side, length, side);
            Span<float> swap = wide;
            wide = other;
            other = swap;
        }
        if (turned)
        {
            Transpose(wide, x, columns, rows);
        }
        else
        {
            wide.CopyTo(x);
        }
    }

    private static void Transpose(ReadOnlySpan<float> x, Span<float> y, int rows, int columns)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                y[c * rows + r] = x[r * columns + c];
            }
        }
    }
}
