using System.Numerics.Tensors;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// LARS (You et al. 2017) as in Barlow Twins and VIP-ANT: for weights d = (g + decay w), scaled by trust |w| / |d| unless either
/// norm is 0; biases, norms and scalars (less than two axes) are neither decayed nor scaled and have a rate of their own;
/// velocity = momentum velocity + d, w -= rate velocity.
/// </summary>
public sealed class Lars : IOptimizer
{
    private readonly LarsOptions options;
    private readonly float[][] velocity;
    private readonly float[] update;

    public Lars(IEnumerable<Parameter> parameters, LarsOptions options)
    {
        this.options = options;
        Parameters = [.. parameters];
        velocity = [.. Parameters.Select(p => new float[p.Value.Length])];
        update = new float[Parameters.Max(p => p.Value.Length)];
        State = [.. Parameters.Select((p, i) => new Tensor($"lars.velocity.{p.Name}", p.Shape, velocity[i]))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> State { get; }

    public long Steps { get; set; }

    public void Step(double scale)
    {
        Steps++;
        for (int i = 0; i < Parameters.Count; i++)
        {
            Parameter p = Parameters[i];
            Span<float> w = p.Value.Span, d = update.AsSpan(0, w.Length), u = velocity[i];
            p.Gradient.Span.CopyTo(d);
            if (p.IsMatrix)
            {
                TensorPrimitives.MultiplyAdd(w, (float)options.WeightDecay, d, d);
                double weights = Norm(w), change = Norm(d);
                if (weights > 0 && change > 0)
                {
                    TensorPrimitives.Multiply(d, (float)(options.Trust * weights / change), d);
                }
            }
            TensorPrimitives.MultiplyAdd(u, (float)options.Momentum, d, u);
            TensorPrimitives.MultiplyAdd(u, -(float)(scale * (p.IsMatrix ? options.WeightRate : options.BiasRate)), w, w);
        }
    }

    private static double Norm(ReadOnlySpan<float> x)
    {
        double squares = 0;
        foreach (float v in x)
        {
            squares += (double)v * v;
        }
        return Math.Sqrt(squares);
    }
}
