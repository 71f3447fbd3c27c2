using System.Numerics.Tensors;

namespace SoundSearch.Training.Losses;

/// <summary>Cross entropy where one class of each row is right: weight times the sum over rows of -log softmax(x)_target.</summary>
public static class TokenCrossEntropy
{
    /// <summary>Returns the loss; overwrites dx [rows, classes] with the gradient.</summary>
    /// <param name="x">[rows, classes], logits.</param>
    /// <param name="targets">[rows], the right classes.</param>
    /// <param name="dx">[rows, classes]; may be x.</param>
    /// <param name="classes">Length of a row.</param>
    /// <param name="weight">Of each row.</param>
    public static double Forward(ReadOnlySpan<float> x, ReadOnlySpan<int> targets, Span<float> dx, int classes, float weight)
    {
        double loss = 0;
        for (int r = 0; r < targets.Length; r++)
        {
            Span<float> d = dx.Slice(r * classes, classes);
            x.Slice(r * classes, classes).CopyTo(d);
            double right = d[targets[r]];
            loss += SoftmaxRow.InPlace(d) - right;
            d[targets[r]] -= 1;
            TensorPrimitives.Multiply(d, weight, d);
        }
        return loss * weight;
    }
}
