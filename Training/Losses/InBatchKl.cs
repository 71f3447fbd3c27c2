using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Training.Losses;

/// <summary>
/// Distils the neighbourhood: for each row the KL divergence KL(p || q) of p = softmax_j(t_i . t_j / temperature), the teacher
/// against the teacher's batch, and q = softmax_j(z_i . t_j / temperature), the student against the same batch.
/// A row needs the teacher's whole batch but no other student row, so shards of a batch can be computed apart.
/// Holds two [maxRows, maxBatch] buffers; not for use from two threads at once.
/// </summary>
public sealed class InBatchKl(int maxRows, int maxBatch, float temperature)
{
    private readonly float[] student = new float[maxRows * maxBatch], teacher = new float[maxRows * maxBatch], differences = new float[maxBatch];

    /// <summary>
    /// Weight times the sum over rows. z [rows, width] are the student's vectors of texts first, first + 1, ... of the batch;
    /// t [batch, width] the teacher's; all of unit length. Adds to dz [rows, width].
    /// </summary>
    public double Forward(ReadOnlySpan<float> z, ReadOnlySpan<float> t, Span<float> dz, int first, int rows, int batch, int width, float weight = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, maxRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch, maxBatch);
        Span<float> q = student.AsSpan(0, rows * batch), p = teacher.AsSpan(0, rows * batch);
        Gemm.Multiply(z, width, false, t, width, true, q, batch, rows, batch, width);
        Gemm.Multiply(t.Slice(first * width, rows * width), width, false, t, width, true, p, batch, rows, batch, width);
        TensorPrimitives.Multiply(q, 1 / temperature, q);
        TensorPrimitives.Multiply(p, 1 / temperature, p);
        Span<float> difference = differences.AsSpan(0, batch);
        double loss = 0;
        for (int r = 0; r < rows; r++)
        {
            Span<float> a = p.Slice(r * batch, batch), b = q.Slice(r * batch, batch);
            // KL = sum p (log p - log q) = sum p (a - b) - log Za + log Zb, a and b the logits
            TensorPrimitives.Subtract(a, b, difference);
            double logA = SoftmaxRow.InPlace(a), logB = SoftmaxRow.InPlace(b);
            loss += TensorPrimitives.Dot(a, difference) - logA + logB;
            for (int c = 0; c < batch; c++)
            {
                b[c] = (b[c] - a[c]) * (weight / temperature);
            }
        }
        Gemm.Multiply(q, batch, false, t, width, false, dz, width, rows, width, batch, beta: 1);
        return loss * weight;
    }
}
