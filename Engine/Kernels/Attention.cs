namespace SoundSearch.Engine.Kernels;

/// <summary>Multi-head self-attention on q, k, v side by side; shapes as in <see cref="Scalar.AttentionForward"/>.</summary>
public static class Attention
{
    public static void Forward(
        ReadOnlySpan<float> qkv, Span<float> probabilities, Span<float> y, int batch, int tokens, int heads, int headWidth, bool causal) =>
        Scalar.AttentionForward(qkv, probabilities, y, batch, tokens, heads, headWidth, causal);

    /// <summary>Overwrites dqkv. scratch: at least tokens*tokens values.</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> qkv, ReadOnlySpan<float> probabilities, Span<float> dqkv, Span<float> scratch,
        int batch, int tokens, int heads, int headWidth) =>
        Scalar.AttentionBackward(dy, qkv, probabilities, dqkv, batch, tokens, heads, headWidth);
}
