using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Losses;

/// <summary>
/// Symmetric contrastive loss of n pairs (x1[i], x2[i]) with a learned temperature: with logits L = s x1 x2^T,
/// CE(L) + CE(L^T), each the mean over rows of the cross entropy with the diagonal as the answer.
/// VIP-ANT's code adds the two directions; its paper, and CLIP, average them: <see cref="InfoNce(int, bool, float)"/>'s mean.
/// s = min(exp(logitScale), maxScale); where the clamp is at work the temperature has no gradient, as in PyTorch's clamp.
/// Rows are used as they are: scale them with <see cref="Engine.Models.UnitLength"/> first where cosines are wanted.
/// Holds two [batch, batch] buffers; not for use from two threads at once.
/// </summary>
public sealed class InfoNce
{
    private readonly int maxBatch;
    private readonly bool mean;
    private readonly float maxScale;
    private readonly float[] logits, gradient, column;

    /// <param name="maxBatch">Most pairs in one call.</param>
    /// <param name="mean">Average the two directions instead of adding them.</param>
    /// <param name="maxScale">Clamp of exp(logitScale); CLIP uses 100, VIP-ANT none.</param>
    public InfoNce(int maxBatch, bool mean = false, float maxScale = float.PositiveInfinity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        (this.maxBatch, this.mean, this.maxScale) = (maxBatch, mean, maxScale);
        logits = new float[maxBatch * maxBatch];
        gradient = new float[maxBatch * maxBatch];
        column = new float[maxBatch];
    }

    /// <summary>
    /// Loss times weight. Adds to dx1 and dx2 [n, width] and to dlogitScale; an empty dx means that side is frozen.
    /// x1, x2 [n, width].
    /// </summary>
    public double Forward(
        ReadOnlySpan<float> x1, ReadOnlySpan<float> x2, float logitScale, Span<float> dx1, Span<float> dx2, ref float dlogitScale,
        int n, int width, float weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, maxBatch);
        double exp = Math.Exp(logitScale);
        float scale = (float)Math.Min(exp, maxScale);
        double each = weight * (mean ? 0.5 : 1) / n;
        Span<float> l = logits.AsSpan(0, n * n), d = gradient.AsSpan(0, n * n);
        Gemm.Multiply(x1, width, false, x2, width, true, l, n, n, n, width); // [n, n]
        TensorPrimitives.Multiply(l, scale, l);

        double loss = 0;
        l.CopyTo(d);
        for (int i = 0; i < n; i++)
        {
            Span<float> row = d.Slice(i * n, n);
            loss += SoftmaxRow.InPlace(row) - l[i * n + i];
            row[i] -= 1;
        }
        Span<float> one = column.AsSpan(0, n);
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < n; i++)
            {
                one[i] = l[i * n + j];
            }
            loss += SoftmaxRow.InPlace(one) - l[j * n + j];
            one[j] -= 1;
            for (int i = 0; i < n; i++)
            {
                d[i * n + j] += one[i];
            }
        }

        if (exp <= maxScale)
        {
            double along = 0; // dL/dlog s = sum dL/dlogit * logit
            for (int i = 0; i < n * n; i++)
            {
                along += (double)d[i] * l[i];
            }
            dlogitScale += (float)(along * each);
        }
        TensorPrimitives.Multiply(d, (float)(each * scale), d);
        if (!dx1.IsEmpty)
        {
            Gemm.Multiply(d, n, false, x2, width, false, dx1, width, n, width, n, beta: 1);
        }
        if (!dx2.IsEmpty)
        {
            Gemm.Multiply(d, n, true, x1, width, false, dx2, width, n, width, n, beta: 1);
        }
        return loss * each;
    }
}
