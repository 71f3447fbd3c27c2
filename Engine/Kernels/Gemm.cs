namespace SoundSearch.Engine.Kernels;

/// <summary>
/// The seam for matrix products: C[m,n] = beta C + op(A) op(B) (+ bias), row-major float32, beta 0 or 1.
/// Single-threaded unless <c>threads</c> says otherwise; allocates nothing.
/// </summary>
public static class Gemm
{
    /// <summary>General product; leading dimensions are row strides in elements, so a head inside qkv can be addressed in place.</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc, int m, int n, int k, float beta = 0, int threads = 1) =>
        Scalar.Gemm(a, lda, transposeA, b, ldb, transposeB, c, ldc, m, n, k, beta);

    /// <summary>Weights [n,k] of a linear layer (PyTorch's layout), packed once for <see cref="Multiply(ReadOnlySpan{float}, int, PackedMatrix, ReadOnlySpan{float}, Span{float}, int, int, float, int)"/>.</summary>
    public static PackedMatrix Pack(ReadOnlySpan<float> weight, int n, int k) => new(weight[..(n * k)].ToArray(), n, k);

    /// <summary>C[m,n] = beta C + A[m,k] W^T + bias; bias may be empty.</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int lda, PackedMatrix weight, ReadOnlySpan<float> bias,
        Span<float> c, int ldc, int m, float beta = 0, int threads = 1)
    {
        Scalar.Gemm(a, lda, false, weight.Data, weight.K, true, c, ldc, m, weight.N, weight.K, beta);
        for (int i = 0; i < m && !bias.IsEmpty; i++)
        {
            for (int j = 0; j < weight.N; j++)
            {
                c[i * ldc + j] += bias[j];
            }
        }
    }
}
