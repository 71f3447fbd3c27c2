using System.Numerics;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// Adam (Kingma and Ba 2015) as torch.optim.Adam computes it: weight decay is L2 in the gradient,
/// m and v are bias-corrected, w -= lr / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + epsilon).
/// </summary>
public class Adam : IOptimizer
{
    private readonly AdamOptions options;
    private readonly bool decoupled;
    private readonly float[][] first, second;

    public Adam(IEnumerable<Parameter> parameters, AdamOptions options)
        : this(parameters, options, decoupled: false)
    {
    }

    // decoupled: decay the weights themselves (AdamW) instead of adding to the gradient
    private protected Adam(IEnumerable<Parameter> parameters, AdamOptions options, bool decoupled)
    {
        (this.options, this.decoupled) = (options, decoupled);
        Parameters = [.. parameters];
        first = [.. Parameters.Select(p => new float[p.Value.Length])];
        second = [.. Parameters.Select(p => new float[p.Value.Length])];
        State = [
            .. Parameters.Select((p, i) => new Tensor($"adam.first.{p.Name}", p.Shape, first[i])),
            .. Parameters.Select((p, i) => new Tensor($"adam.second.{p.Name}", p.Shape, second[i]))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> State { get; }

    public long Steps { get; set; }

    public void Step(double scale)
    {
        Steps++;
        double rate = options.LearningRate * scale;
        float step = (float)(rate / (1 - Math.Pow(options.Beta1, Steps)));
        float correction = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, Steps)));
        for (int i = 0; i < Parameters.Count; i++)
        {
            Parameter p = Parameters[i];
            double decay = p.IsMatrix || options.DecayVectors ? options.WeightDecay : 0;
            Update(
                p.Value.Span, p.Gradient.Span, first[i], second[i], step, correction,
                added: decoupled ? 0 : (float)decay, kept: decoupled ? (float)(1 - rate * decay) : 1);
        }
    }

    private void Update(
        Span<float> w, ReadOnlySpan<float> g, Span<float> m, Span<float> v, float step, float correction, float added, float kept)
    {
        float b1 = (float)options.Beta1, b2 = (float)options.Beta2, c1 = (float)(1 - options.Beta1), c2 = (float)(1 - options.Beta2);
        float epsilon = (float)options.Epsilon;
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= w.Length - lanes; i += lanes)
        {
            var x = new Vector<float>(w[i..]);
            Vector<float> d = new Vector<float>(g[i..]) + x * added;
            Vector<float> a = new Vector<float>(m[i..]) * b1 + d * c1;
            Vector<float> b = new Vector<float>(v[i..]) * b2 + d * d * c2;
            a.CopyTo(m[i..]);
            b.CopyTo(v[i..]);
            (x * kept - a * step / (Vector.SquareRoot(b) * correction + new Vector<float>(epsilon))).CopyTo(w[i..]);
        }
        for (; i < w.Length; i++) // what does not fill a vector
        {
            float d = g[i] + w[i] * added;
            m[i] = m[i] * b1 + d * c1;
            v[i] = v[i] * b2 + d * d * c2;
            w[i] = w[i] * kept - m[i] * step / (MathF.Sqrt(v[i]) * correction + epsilon);
        }
    }
}
