using System.Numerics.Tensors;

namespace SoundSearch.Training.Losses;

/// <summary>Cross entropy between given distributions and the softmax of logits: weight times the sum over rows of -sum_c q_c log softmax_c(x).</summary>
public static class CrossEntropy
{
    /// <summary>x, q [rows, classes]; overwrites dx [rows, classes] with the gradient.</summary>
    public static double Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> q, Span<float> dx, int rows, int classes, float weight = 1)
    {
        double loss = 0;
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> logits = x.Slice(r * classes, classes), target = q.Slice(r * classes, classes);
            Span<float> d = dx.Slice(r * classes, classes);
            logits.CopyTo(d);
            double along = TensorPrimitives.Dot(target, logits), mass = TensorPrimitives.Sum(target);
            loss += mass * SoftmaxRow.InPlace(d) - along;
            for (int c = 0; c < classes; c++)
            {
                d[c] = ((float)mass * d[c] - target[c]) * weight;
            }
        }
        return loss * weight;
    }
}
