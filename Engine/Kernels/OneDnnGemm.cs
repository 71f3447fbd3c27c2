namespace SoundSearch.Engine.Kernels;

/// <summary>Products through oneDNN: rounds the operands where the precision asks for it, and finds the primitive.</summary>
internal static unsafe class OneDnnGemm
{
    [ThreadStatic]
    private static AlignedBuffer? operandA;

    [ThreadStatic]
    private static AlignedBuffer? operandB;

    [ThreadStatic]
    private static AlignedBuffer? sums;

    public static void Run(in GemmProblem p, OneDnnWeights weights, Precision precision, int threads)
    {
        OneDnnShape shape = new()
        {
            M = p.M,
            N = p.N,
            K = p.K,
            Lda = precision == Precision.Float32 && p.M > 1 ? (int)p.RowStride : p.K,
            Ldb = p.N,
            Ldc = precision == Precision.Int8 || p.M == 1 ? p.N : (int)p.Ldc,
            Packed = true,
            Accumulate = p.Accumulate && precision != Precision.Int8,
            Bias = p.Bias != null && precision != Precision.Int8,
            Threads = Math.Max(1, threads),
            Precision = precision,
        };
        OneDnnProduct product = OneDnnProduct.For(shape);
        void* b = weights.In(product.WeightsLayout);
        switch (precision)
        {
            case Precision.Int8:
                // Row scales follow the bytes of A.
                int bytes = checked(p.M * p.K + 63) / 64 * 64;
                sbyte* a = (sbyte*)AlignedBuffer.Ensure(ref operandA, bytes / 4 + p.M);
                float* rowScales = (float*)(a + bytes);
                int* c = (int*)AlignedBuffer.Ensure(ref sums, checked(p.M * p.N));
                Rounding.ToInt8(p.A, p.RowStride, p.M, p.K, OneDnn.Int8Limit, a, rowScales);
                product.Execute(a, b, null, c, shape.Threads);
                fixed (float* columnScales = weights.Scales)
                {
                    Rounding.FromInt32(c, rowScales, columnScales, p.Bias, p.C, p.Ldc, p.M, p.N, p.Accumulate);
                }
                break;
            case Precision.BFloat16:
                product.Execute(Rounded(ref operandA, p.A, p.RowStride, p.M, p.K), b, p.Bias, p.C, shape.Threads);
                break;
            default:
                product.Execute(p.A, b, p.Bias, p.C, shape.Threads);
                break;
        }
        GC.KeepAlive(weights);
    }

    public static void Run(in GemmProblem p, Precision precision, int threads)
    {
        OneDnn.Require(precision);
        if (precision == Precision.Int8)
        {
            throw new NotSupportedException($"{nameof(Precision.Int8)} products need packed weights.");
        }
        bool transposeA = p.DepthStride != 1;
        (int rowsA, int columnsA) = transposeA ? (p.K, p.M) : (p.M, p.K);
        (int rowsB, int columnsB) = p.TransposeB ? (p.N, p.K) : (p.K, p.N);
        nint lda = transposeA ? p.DepthStride : p.RowStride;
        void* a = p.A, b = p.B;
        (int strideA, int strideB) = (Math.Max((int)lda, columnsA), Math.Max((int)p.Ldb, columnsB));
        if (precision == Precision.BFloat16)
        {
            a = Rounded(ref operandA, p.A, lda, rowsA, columnsA);
            b = Rounded(ref operandB, p.B, p.Ldb, rowsB, columnsB);
            (strideA, strideB) = (columnsA, columnsB);
        }
        OneDnnShape shape = new()
        {
            M = p.M,
            N = p.N,
            K = p.K,
            Lda = strideA,
            Ldb = strideB,
            Ldc = Math.Max((int)p.Ldc, p.N),
            TransposeA = transposeA,
            TransposeB = p.TransposeB,
            Accumulate = p.Accumulate,
            Threads = Math.Max(1, threads),
            Precision = precision,
        };
        OneDnnProduct.For(shape).Execute(a, b, null, p.C, shape.Threads);
    }

    private static ushort* Rounded(ref AlignedBuffer? buffer, float* source, nint stride, int rows, int columns)
    {
        ushort* target = (ushort*)AlignedBuffer.Ensure(ref buffer, checked(rows * columns) / 2 + 1);
        Rounding.ToBFloat16(source, stride, rows, columns, target);
        return target;
    }
}
