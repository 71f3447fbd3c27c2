using System.Numerics.Tensors;

namespace SoundSearch.Training.Losses;

/// <summary>Softmax of one row with the logarithm of its denominator, shared by the cross entropies.</summary>
internal static class SoftmaxRow
{
    /// <summary>Turns logits into probabilities in place; returns log(sum(exp(logits))).</summary>
    public static double InPlace(Span<float> row)
    {
        float max = TensorPrimitives.Max<float>(row);
        TensorPrimitives.Subtract(row, max, row);
        TensorPrimitives.Exp<float>(row, row);
        double sum = 0;
        foreach (float v in row)
        {
            sum += v;
        }
        TensorPrimitives.Multiply(row, (float)(1 / sum), row);
        return max + Math.Log(sum);
    }

    /// <summary>Turns logits into logarithms of probabilities in place.</summary>
    public static void LogInPlace(Span<float> row)
    {
        float max = TensorPrimitives.Max<float>(row);
        double sum = 0;
        foreach (float v in row)
        {
            sum += Math.Exp(v - max);
        }
        TensorPrimitives.Subtract(row, max + (float)Math.Log(sum), row);
    }
}
