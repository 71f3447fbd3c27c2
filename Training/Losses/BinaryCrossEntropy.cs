namespace SoundSearch.Training.Losses;

/// <summary>
/// Binary cross entropy of independent labels from logits: weight times the sum of max(x, 0) - x y + log(1 + exp(-|x|)),
/// the form that neither overflows nor loses small probabilities. Targets may be anything in 0..1.
/// </summary>
public static class BinaryCrossEntropy
{
    /// <summary>x, y of one length; adds weight (sigmoid(x) - y) to dx.</summary>
    public static double Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> dx, float weight = 1)
    {
        double loss = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float small = MathF.Exp(-MathF.Abs(x[i]));
            loss += MathF.Max(x[i], 0) - (double)x[i] * y[i] + Math.Log(1 + (double)small);
            float sigmoid = x[i] >= 0 ? 1 / (1 + small) : small / (1 + small);
            dx[i] += weight * (sigmoid - y[i]);
        }
        return loss * weight;
    }
}
