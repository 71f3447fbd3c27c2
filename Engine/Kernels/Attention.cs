namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Multi-head self-attention on q, k, v side by side; shapes as in <see cref="Scalar.AttentionForward"/>. Each head is a few
/// matrix products on the strided values in place. Forward, keys and values are packed once per head, and then some queries at
/// a time go all the way, while their scores are in the cache.
/// </summary>
public static unsafe class Attention
{
    /// <summary>Queries at a time: full tiles, scores that stay in a cache, and under the causal mask few keys too many.</summary>
    private const int QueryBlock = 24;

    /// <summary>For inference: the probabilities are not kept.</summary>
    public static void Forward(
        ReadOnlySpan<float> qkv, Span<float> y, int batch, int tokens, int heads, int headWidth, bool causal, AttentionBias bias = default) =>
        Forward(Isa.Width, qkv, [], y, batch, tokens, heads, headWidth, causal, bias, keep: false);

    public static void Forward(
        ReadOnlySpan<float> qkv, Span<float> probabilities, Span<float> y, int batch, int tokens, int heads, int headWidth, bool causal,
        AttentionBias bias = default) =>
        Forward(Isa.Width, qkv, probabilities, y, batch, tokens, heads, headWidth, causal, bias);

    /// <summary>
    /// Overwrites dqkv. scratch: at least tokens*tokens values. Right for both masks: what a query did not see has probability 0.
    /// </summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> qkv, ReadOnlySpan<float> probabilities, Span<float> dqkv, Span<float> scratch,
        int batch, int tokens, int heads, int headWidth) =>
        Backward(Isa.Width, dy, qkv, probabilities, dqkv, scratch, batch, tokens, heads, headWidth);

    internal static void Forward(
        VectorWidth vectors, ReadOnlySpan<float> qkv, Span<float> probabilities, Span<float> y,
        int batch, int tokens, int heads, int headWidth, bool causal, AttentionBias bias = default, bool keep = true)
    {
        int width = heads * headWidth, stride = 3 * width;
        Kernel.Require(qkv.Length, (long)batch * tokens * stride, nameof(qkv));
        Kernel.Require(probabilities.Length, keep ? (long)batch * heads * tokens * tokens : 0, nameof(probabilities));
        Kernel.Require(y.Length, (long)batch * tokens * width, nameof(y));
        bias.Check(tokens, heads);
        int area = tokens * tokens, groups = bias.Groups.Length / Math.Max(1, area), panel = ManagedGemm.PanelWidth(vectors);
        int keysLength = ManagedGemm.PackedLength(vectors, tokens, headWidth), valuesLength = ManagedGemm.PackedLength(vectors, headWidth, tokens);
        float* keys = AlignedBuffer.Ensure(ref GemmScratch.Attention, checked(keysLength + valuesLength + QueryBlock * tokens));
        float* values = keys + keysLength, block = values + valuesLength;
        float scale = (float)(1 / Math.Sqrt(headWidth));
        fixed (float* pQkv = qkv, pProbabilities = probabilities, py = y, pHeads = bias.Heads, pGroups = bias.Groups)
        {
            for (int head = 0; head < batch * heads && tokens > 0 && headWidth > 0; head++)
            {
                nint b = head / heads, h = head % heads;
                float* q = pQkv + b * tokens * stride + h * headWidth, k = q + width, v = k + width, output = py + b * tokens * width + h * headWidth;
                GemmPacking.PackB(k, stride, true, headWidth, tokens, panel, (int)vectors, keys);
                GemmPacking.PackB(v, stride, false, tokens, headWidth, panel, (int)vectors, values);
                for (int t = 0; t < tokens; t += QueryBlock)
                {
                    int rows = Math.Min(QueryBlock, tokens - t), seen = causal ? t + rows : tokens;
                    int looked = Math.Min(tokens, (seen + panel - 1) / panel * panel); // whole panels
                    float* scores = keep ? pProbabilities + ((nint)head * tokens + t) * tokens : block;
                    Packed(vectors, q + (nint)t * stride, stride, keys, headWidth, scores, tokens, rows, looked, headWidth);
                    if (!bias.IsEmpty)
                    {
                        Kernel.Run(vectors, new Softmax.BiasKernel
                        {
                            Scores = scores,
                            Heads = pHeads == null ? null : pHeads + h * area + (nint)t * tokens,
                            Group = pGroups == null ? null : pGroups + b % groups * area + (nint)t * tokens,
                            Length = rows * tokens,
                            Scale = scale,
                        });
                    }
                    Kernel.Run(vectors, new Softmax.ForwardKernel
                    {
                        Scores = scores,
                        Rows = rows,
                        Stride = tokens,
                        Width = tokens,
                        Seen = causal ? t + 1 : tokens,
                        Step = causal ? 1 : 0,
                        Scale = bias.IsEmpty ? scale : 1,
                    });
                    Packed(vectors, scores, tokens, values, tokens, output + (nint)t * width, width, rows, headWidth, seen);
                }
            }
        }
    }

    internal static void Backward(
        VectorWidth vectors, ReadOnlySpan<float> dy, ReadOnlySpan<float> qkv, ReadOnlySpan<float> probabilities, Span<float> dqkv,
        Span<float> scratch, int batch, int tokens, int heads, int headWidth)
    {
        int width = heads * headWidth, stride = 3 * width;
        Kernel.Require(dy.Length, (long)batch * tokens * width, nameof(dy));
        Kernel.Require(qkv.Length, (long)batch * tokens * stride, nameof(qkv));
        Kernel.Require(probabilities.Length, (long)batch * heads * tokens * tokens, nameof(probabilities));
        Kernel.Require(dqkv.Length, (long)batch * tokens * stride, nameof(dqkv));
        Kernel.Require(scratch.Length, (long)tokens * tokens, nameof(scratch));
        fixed (float* pdy = dy, pQkv = qkv, pProbabilities = probabilities, pdQkv = dqkv, ds = scratch)
        {
            for (int head = 0; head < batch * heads && tokens > 0 && headWidth > 0; head++)
            {
                nint b = head / heads, h = head % heads, offset = b * tokens * stride + h * headWidth;
                float* q = pQkv + offset, k = q + width, v = k + width, dq = pdQkv + offset, dk = dq + width, dv = dk + width;
                float* p = pProbabilities + (nint)head * tokens * tokens, d = pdy + b * tokens * width + h * headWidth;
                Product(vectors, d, width, false, v, stride, true, ds, tokens, tokens, tokens, headWidth);    // dP = dY V^T
                Product(vectors, p, tokens, true, d, width, false, dv, stride, tokens, headWidth, tokens);    // dV = P^T dY
                Kernel.Run(vectors, new Softmax.BackwardKernel
                {
                    Probabilities = p,
                    Gradient = ds,
                    Rows = tokens,
                    Width = tokens,
                    Scale = (float)(1 / Math.Sqrt(headWidth)),
                });
                Product(vectors, ds, tokens, false, k, stride, false, dq, stride, tokens, headWidth, tokens); // dQ = dS K
                Product(vectors, ds, tokens, true, q, stride, false, dk, stride, tokens, headWidth, tokens);  // dK = dS^T Q
            }
        }
    }

    /// <summary>c[m, n] = a[m, k] B with the first k of the <paramref name="depth"/> steps in the panels of B.</summary>
    private static void Packed(VectorWidth vectors, float* a, int lda, float* panels, int depth, float* c, int ldc, int m, int n, int k) =>
        ManagedGemm.Run(vectors, new GemmProblem
        {
            A = a,
            RowStride = lda,
            DepthStride = 1,
            B = panels,
            Ldb = depth,
            Packed = true,
            C = c,
            Ldc = ldc,
            M = m,
            N = n,
            K = k,
        });

    private static void Product(
        VectorWidth vectors, float* a, int lda, bool transposeA, float* b, int ldb, bool transposeB, float* c, int ldc, int m, int n, int k) =>
        ManagedGemm.Run(vectors, new GemmProblem
        {
            A = a,
            RowStride = transposeA ? 1 : lda,
            DepthStride = transposeA ? lda : 1,
            B = b,
            Ldb = ldb,
            TransposeB = transposeB,
            C = c,
            Ldc = ldc,
            M = m,
            N = n,
            K = k,
        });
}
