using System.Numerics.Tensors;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// Exponential running mean of the weights, mean += (1 - decay) (w - mean): what a run validates and ships.
/// Young means forget faster, decay = min(decay, (1 + n) / (10 + n)) after n updates, so the random start leaves no trace.
/// </summary>
public sealed class RunningMean
{
    private readonly IReadOnlyList<Parameter> parameters;
    private readonly float[][] means;
    private readonly double decay;

    public RunningMean(IReadOnlyList<Parameter> parameters, double decay = 0.998)
    {
        (this.parameters, this.decay) = (parameters, decay);
        means = [.. parameters.Select(p => p.Value.ToArray())];
        State = [.. parameters.Select((p, i) => new Tensor($"mean.{p.Name}", p.Shape, means[i]))];
    }

    /// <summary>Live buffers for a checkpoint.</summary>
    public IReadOnlyList<Tensor> State { get; }

    public long Updates { get; set; }

    /// <summary>Takes the present weights in.</summary>
    public void Update()
    {
        float kept = (float)Math.Min(decay, (1.0 + Updates) / (10.0 + Updates));
        Updates++;
        for (int i = 0; i < means.Length; i++)
        {
            TensorPrimitives.Lerp(parameters[i].Value.Span, means[i], kept, means[i]);
        }
    }

    /// <summary>Swaps weights and means: once to validate or export with the mean, again to train on.</summary>
    public void Exchange()
    {
        for (int i = 0; i < means.Length; i++)
        {
            Span<float> w = parameters[i].Value.Span, m = means[i];
            for (int j = 0; j < m.Length; j++)
            {
                (w[j], m[j]) = (m[j], w[j]);
            }
        }
    }
}
