using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// U V^T of a matrix U S V^T, nearly: the quintic Newton-Schulz iteration X = Q X, Q = a I + b A + c A^2, A = X X^T, with Jordan's
/// coefficients, which take singular values from 0.01..1 to about 0.7..1.2 in five rounds and no further; Muon needs no more.
/// All Q are polynomials of the first A and commute, so the rounds run on the short side alone, A = Q A Q and P = Q P, X is touched
/// twice instead of twice a round, and all products but the last are symmetric: 60 % fewer operations for a 256 x 1024 matrix.
/// Squaring the singular values costs nothing here: those below float32's resolution of A are below the ones that five rounds can lift.
/// Owns its buffers; not for use from two threads at once.
/// </summary>
public sealed class Orthogonalise(int maxLength, int maxSide)
{
    private const float A = 3.4445f, B = -4.7750f, C = 2.0315f;

    private readonly float[] result = new float[maxLength];
    private readonly float[] gram = new float[maxSide * maxSide], round = new float[maxSide * maxSide];
    private readonly float[] product = new float[maxSide * maxSide], scratch = new float[maxSide * maxSide];

    /// <summary>x [rows, columns] is replaced; zeros stay zeros. min(rows, columns) is at most maxSide.</summary>
    public void InPlace(Span<float> x, int rows, int columns, int iterations = 5)
    {
        TensorPrimitives.Multiply(x, 1 / (TensorPrimitives.Norm<float>(x) + 1e-7f), x);
        bool tall = rows > columns;
        int side = Math.Min(rows, columns), length = Math.Max(rows, columns);
        Span<float> a = gram.AsSpan(0, side * side), q = round.AsSpan(0, side * side);
        Span<float> p = product.AsSpan(0, side * side), s = scratch.AsSpan(0, side * side);
        Gemm.MultiplySymmetric(x, columns, tall, x, columns, !tall, a, side, length);           // A = X X^T, or X^T X of a tall X
        for (int i = 0; i < iterations; i++)
        {
            Gemm.MultiplySymmetric(a, side, false, a, side, false, q, side, side);                  // A A
            TensorPrimitives.Multiply(q, C, q);
            TensorPrimitives.MultiplyAdd(a, B, q, q);                                        // b A + c A A
            for (int d = 0; d < side; d++)
            {
                q[d * side + d] += A;                                                        // + a I
            }
            if (i == 0)
            {
                q.CopyTo(p);
            }
            else
            {
                Gemm.MultiplySymmetric(q, side, false, p, side, false, s, side, side);              // P = Q P
                s.CopyTo(p);
            }
            if (i + 1 < iterations)
            {
                Gemm.MultiplySymmetric(q, side, false, a, side, false, s, side, side);
                Gemm.MultiplySymmetric(s, side, false, q, side, false, a, side, side);              // A = Q A Q
            }
        }
        Span<float> y = result.AsSpan(0, x.Length);
        if (tall)
        {
            Gemm.Multiply(x, columns, false, p, side, false, y, columns, rows, columns, side);
        }
        else
        {
            Gemm.Multiply(p, side, false, x, columns, false, y, columns, rows, columns, side);
        }
        y.CopyTo(x);
    }
}
