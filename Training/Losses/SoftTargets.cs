using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Losses;

/// <summary>
/// Cross entropy between given distributions q and softmax(z . E / temperature) over a fixed set of vectors E, such as
/// the frozen text vectors of a tagger's labels: sum over rows of -sum_c q_c log softmax_c. E gets no gradient.
/// Holds buffers for <c>maxRows</c>; not for use from two threads at once.
/// </summary>
public sealed class SoftTargets
{
    private readonly int maxRows, classes, width;
    private readonly float temperature;
    private readonly float[] vectors, logits;

    /// <summary>vectors is E [classes, width], kept by reference.</summary>
    public SoftTargets(float[] vectors, int classes, int width, float temperature, int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vectors.Length, classes * width);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(temperature, 0);
        (this.vectors, this.classes, this.width, this.temperature, this.maxRows) = (vectors, classes, width, temperature, maxRows);
        logits = new float[maxRows * classes];
    }

    /// <summary>Weight times the sum over rows. z [rows, width], q [rows, classes]; adds to dz [rows, width].</summary>
    public double Forward(ReadOnlySpan<float> z, ReadOnlySpan<float> q, Span<float> dz, int rows, float weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, maxRows);
        Span<float> p = logits.AsSpan(0, rows * classes);
        Gemm.Multiply(z, width, false, vectors, width, true, p, classes, rows, classes, width);
        TensorPrimitives.Multiply(p, 1 / temperature, p);
        double loss = 0;
        for (int r = 0; r < rows; r++)
        {
            Span<float> row = p.Slice(r * classes, classes);
            ReadOnlySpan<float> target = q.Slice(r * classes, classes);
            // -sum q (l - log Z) = (sum q) log Z - sum q l; gradient (sum q) p - q
            double along = TensorPrimitives.Dot(target, row), mass = TensorPrimitives.Sum(target);
            loss += mass * SoftmaxRow.InPlace(row) - along;
            for (int c = 0; c < classes; c++)
            {
                row[c] = ((float)mass * row[c] - target[c]) * (weight / temperature);
            }
        }
        Gemm.Multiply(p, classes, false, vectors, width, false, dz, width, rows, width, classes, beta: 1);
        return loss * weight;
    }
}
