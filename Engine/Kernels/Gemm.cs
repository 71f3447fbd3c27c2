namespace SoundSearch.Engine.Kernels;

/// <summary>
/// The seam for matrix products: C[m,n] = beta C + op(A) op(B) (+ bias), row-major float32, beta 0 or 1.
/// Single-threaded unless <c>threads</c> says otherwise; allocates nothing once a thread has its scratch memory.
/// With beta 0, C may hold anything, NaN included. A span too short for its shape is an <see cref="ArgumentException"/>.
/// </summary>
public static unsafe class Gemm
{
    /// <summary>Rows of a strip of a symmetric product: few waste little beyond the diagonal, many keep the tiles busy.</summary>
    private const int SymmetricRows = 48;

    /// <summary>Mirrored at a time: rows a power of two apart share few sets of the first cache.</summary>
    private const int MirroredColumns = 16;

    /// <summary>General product; leading dimensions are row strides in elements, so a head inside qkv can be addressed in place.</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc, int m, int n, int k, float beta = 0, int threads = 1) =>
        Multiply(Isa.Width, GemmProvider.Managed, Precision.Float32, a, lda, transposeA, b, ldb, transposeB, c, ldc, m, n, k, beta, threads);

    /// <summary>The same by the provider and with the precision that is asked for; managed has no int8 here, and bfloat16 as <see cref="RoundedOperands"/> has it.</summary>
    /// <exception cref="NotSupportedException">This machine does not have them; see <see cref="OneDnn.Supports"/>.</exception>
    public static void Multiply(
        GemmProvider provider, Precision precision,
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc, int m, int n, int k, float beta = 0, int threads = 1) =>
        Multiply(Isa.Width, provider, precision, a, lda, transposeA, b, ldb, transposeB, c, ldc, m, n, k, beta, threads);

    /// <summary>
    /// C[n,n] = op(A) op(B) whose result is known to be symmetric: X X^T, or factors that commute. The lower triangle is computed, in
    /// strips of rows that reach to the diagonal, and mirrored: towards half of the operations.
    /// </summary>
    public static void MultiplySymmetric(
        ReadOnlySpan<float> a, int lda, bool transposeA, ReadOnlySpan<float> b, int ldb, bool transposeB, Span<float> c, int n, int k)
    {
        Check(nameof(a), a.Length, transposeA ? k : n, transposeA ? n : k, lda);
        Check(nameof(c), c.Length, n, n, n);
        for (int row = 0; row < n; row += SymmetricRows)
        {
            int rows = Math.Min(SymmetricRows, n - row);
            Multiply(a[(transposeA ? row : row * lda)..], lda, transposeA, b, ldb, transposeB, c[(row * n)..], n, rows, row + rows, k);
            fixed (float* strip = &c[row * n], above = &c[row])
            {
                for (int column = 0; column < row; column += MirroredColumns)
                {
                    GemmPacking.Transpose(strip + column, n, rows, Math.Min(MirroredColumns, row - column), above + column * n, n);
                }
            }
        }
    }

    /// <summary>Weights [n,k] of a linear layer (PyTorch's layout), packed once for <see cref="Multiply(ReadOnlySpan{float}, int, PackedMatrix, ReadOnlySpan{float}, Span{float}, int, int, float, int)"/>.</summary>
    public static PackedMatrix Pack(ReadOnlySpan<float> weight, int n, int k) => Pack(Isa.Width, weight, n, k);

    /// <summary>The same for a provider and a precision.</summary>
    /// <exception cref="NotSupportedException">This machine does not have them; see <see cref="OneDnn.Supports"/>.</exception>
    public static PackedMatrix Pack(ReadOnlySpan<float> weight, int n, int k, GemmProvider provider, Precision precision = Precision.Float32)
    {
        if (provider == GemmProvider.Managed)
        {
            return precision switch
            {
                Precision.Int8 => PackInt8(Isa.Width, Isa.Vnni, weight, n, k),
                _ => Pack(Isa.Width, weight, n, k, precision),
            };
        }
        Check(nameof(weight), weight.Length, n, k, k);
        PackedMatrix packed = new(new OneDnnWeights(n, k, precision), precision, n, k);
        Repack(weight, packed);
        return packed;
    }

    /// <summary>Puts new values into a packed matrix of the same shape, as training does after each step. Not while it is in use.</summary>
    public static void Repack(ReadOnlySpan<float> weight, PackedMatrix target)
    {
        Check(nameof(weight), weight.Length, target.N, target.K, target.K);
        fixed (float* w = weight)
        {
            if (target.Panels is { } panels)
            {
                bool round = target.Precision == Precision.BFloat16;
                GemmPacking.PackB(
                    round ? RoundedOperands.OfB(w, target.K, target.N, target.K) : w, target.K, true, target.K, target.N, ManagedGemm.PanelWidth(target.Width), (int)target.Width, panels.Pointer);
            }
            else if (target.Bytes is { } bytes)
            {
                bytes.Fill(w);
            }
            else
            {
                target.Weights!.Fill(w);
            }
        }
        GC.KeepAlive(target);
    }

    /// <summary>C[m,n] = beta C + A[m,k] W^T + bias; bias may be empty.</summary>
    public static void Multiply(
        ReadOnlySpan<float> a, int lda, PackedMatrix weight, ReadOnlySpan<float> bias,
        Span<float> c, int ldc, int m, float beta = 0, int threads = 1)
    {
        (int n, int k) = (weight.N, weight.K);
        Check(nameof(a), a.Length, m, k, lda);
        Check(nameof(c), c.Length, m, n, ldc);
        if (!bias.IsEmpty)
        {
            Check(nameof(bias), bias.Length, 1, n, n);
        }
        fixed (float* pa = a, pc = c, pBias = bias)
        {
            GemmProblem problem = new()
            {
                A = pa,
                RowStride = lda,
                DepthStride = 1,
                Packed = true,
                Ldb = k,
                C = pc,
                Ldc = ldc,
                Bias = pBias,
                M = m,
                N = n,
                K = k,
                B = weight.Panels is { } panels ? panels.Pointer : null,
                Bytes = weight.Bytes,
            };
            if (Prepare(ref problem, beta))
            {
                if (weight.Weights is { } weights)
                {
                    OneDnnGemm.Run(problem, weights, weight.Precision, threads);
                }
                else
                {
                    if (weight.Precision == Precision.BFloat16)
                    {
                        RoundedOperands.Replace(ref problem);
                    }
                    GemmJob.Run(weight.Width, weight.Vnni, problem, threads);
                }
            }
        }
        GC.KeepAlive(weight);
    }

    internal static PackedMatrix Pack(VectorWidth width, ReadOnlySpan<float> weight, int n, int k, Precision precision = Precision.Float32)
    {
        Check(nameof(weight), weight.Length, n, k, k);
        PackedMatrix packed = new(new AlignedBuffer(ManagedGemm.PackedLength(width, n, k)), precision, width, n, k);
        Repack(weight, packed);
        return packed;
    }

    internal static void Multiply(
        VectorWidth width, ReadOnlySpan<float> a, int lda, bool transposeA, ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc, int m, int n, int k, float beta, int threads) =>
        Multiply(width, GemmProvider.Managed, Precision.Float32, a, lda, transposeA, b, ldb, transposeB, c, ldc, m, n, k, beta, threads);

    private static void Multiply(
        VectorWidth width, GemmProvider provider, Precision precision, ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB, Span<float> c, int ldc, int m, int n, int k, float beta, int threads)
    {
        if (provider == GemmProvider.Managed && precision == Precision.Int8)
        {
            throw new NotSupportedException($"{precision} products need packed weights.");
        }
        Check(nameof(a), a.Length, transposeA ? k : m, transposeA ? m : k, lda);
        Check(nameof(b), b.Length, transposeB ? n : k, transposeB ? k : n, ldb);
        Check(nameof(c), c.Length, m, n, ldc);
        fixed (float* pa = a, pb = b, pc = c)
        {
            GemmProblem problem = new()
            {
                A = pa,
                RowStride = transposeA ? 1 : lda,
                DepthStride = transposeA ? lda : 1,
                B = pb,
                Ldb = ldb,
                TransposeB = transposeB,
                C = pc,
                Ldc = ldc,
                M = m,
                N = n,
                K = k,
            };
            if (Prepare(ref problem, beta))
            {
                if (provider == GemmProvider.OneDnn)
                {
                    OneDnnGemm.Run(problem, precision, threads);
                }
                else
                {
                    if (precision == Precision.BFloat16)
                    {
                        RoundedOperands.Replace(ref problem);
                    }
                    GemmJob.Run(width, false, problem, threads);
                }
            }
        }
    }

    internal static PackedMatrix PackInt8(VectorWidth width, bool vnni, ReadOnlySpan<float> weight, int n, int k)
    {
        Check(nameof(weight), weight.Length, n, k, k);
        PackedMatrix packed = new(new Int8Weights(n, k), width, vnni, n, k);
        Repack(weight, packed);
        return packed;
    }

    /// <summary>Whether there is anything to multiply; products over nothing (k = 0) are finished here.</summary>
    private static bool Prepare(ref GemmProblem problem, float beta)
    {
        if (beta is not (0 or 1))
        {
            throw new ArgumentException($"beta is {beta}; 0 (overwrite) and 1 (add) are supported.", nameof(beta));
        }
        problem.Accumulate = beta == 1;
        if (problem.M == 0 || problem.N == 0 || problem.K > 0)
        {
            return problem.M > 0 && problem.N > 0;
        }
        for (int i = 0; i < problem.M; i++)
        {
            for (int j = 0; j < problem.N; j++)
            {
                problem.C[i * problem.Ldc + j] =
                    (problem.Accumulate ? problem.C[i * problem.Ldc + j] : 0) + (problem.Bias == null ? 0 : problem.Bias[j]);
            }
        }
        return false;
    }

    private static void Check(string name, int length, int rows, int columns, int stride)
    {
        if (rows < 0 || columns < 0 || (rows > 1 && stride < columns))
        {
            throw new ArgumentException($"{name}: [{rows}, {columns}] with a row stride of {stride} is no matrix.", name);
        }
        long needed = rows == 0 || columns == 0 ? 0 : (long)(rows - 1) * stride + columns;
        if (length < needed)
        {
            throw new ArgumentException(
                $"{name}: [{rows}, {columns}] with a row stride of {stride} needs {needed} values, and {length} were given.", name);
        }
    }
}
