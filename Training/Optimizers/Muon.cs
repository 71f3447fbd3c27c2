using System.Numerics.Tensors;
using SoundSearch.Training.Run;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Training.Optimizers;

/// <summary>
/// Muon (Jordan 2024) for hidden weight matrices: velocity = momentum velocity + g, the Nesterov step g + momentum velocity is
/// made nearly orthogonal (<see cref="Orthogonalise"/>), scaled by 0.2 sqrt(max(rows, columns)), which gives the root mean square
/// of an AdamW update, and applied with decoupled decay. Embeddings, first and last layers, biases and norms belong to AdamW.
/// With shards the matrices are shared out among them; each is computed by one thread, so the result does not depend on it.
/// </summary>
public sealed class Muon : IOptimizer
{
    private readonly MuonOptions options;
    private readonly Shards? shards;
    private readonly float[][] velocity;
    private readonly Orthogonalise[] workers;
    private readonly float[][] updates;

    /// <exception cref="ArgumentException">A parameter is no matrix of two axes.</exception>
    public Muon(IEnumerable<Parameter> parameters, MuonOptions options, Shards? shards = null)
    {
        (this.options, this.shards) = (options, shards);
        // Largest first: with few threads the small ones then fill the gaps.
        Parameters = [.. parameters.OrderByDescending(p => p.Value.Length)];
        foreach (Parameter p in Parameters)
        {
            if (p.Shape.Length != 2)
            {
                throw new ArgumentException($"Muon takes matrices, '{p.Name}' has the shape [{string.Join(", ", p.Shape)}]; give it to AdamW.", nameof(parameters));
            }
        }
        velocity = [.. Parameters.Select(p => new float[p.Value.Length])];
        int largest = Parameters.Max(p => p.Value.Length), side = Parameters.Max(p => Math.Min(p.Shape[0], p.Shape[1]));
        workers = [.. Enumerable.Range(0, shards?.Count ?? 1).Select(_ => new Orthogonalise(largest, side))];
        updates = [.. workers.Select(_ => new float[largest])];
        State = [.. Parameters.Select((p, i) => new Tensor($"muon.velocity.{p.Name}", p.Shape, velocity[i]))];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> State { get; }

    public long Steps { get; set; }

    public void Step(double scale)
    {
        Steps++;
        double rate = options.LearningRate * scale;
        if (shards is null)
        {
            for (int i = 0; i < Parameters.Count; i++)
            {
                Update(i, 0, rate);
            }
            return;
        }
        int next = -1;
        shards.Run(shard =>
        {
            for (int i = Interlocked.Increment(ref next); i < Parameters.Count; i = Interlocked.Increment(ref next))
            {
                Update(i, shard, rate);
            }
        });
    }

    private void Update(int index, int worker, double rate)
    {
        Parameter p = Parameters[index];
        int rows = p.Shape[0], columns = p.Shape[1];
        Span<float> w = p.Value.Span, g = p.Gradient.Span, u = velocity[index], d = updates[worker].AsSpan(0, w.Length);
        TensorPrimitives.MultiplyAdd(u, (float)options.Momentum, g, u);
        TensorPrimitives.MultiplyAdd(u, (float)options.Momentum, g, d);
        workers[worker].InPlace(d, rows, columns, options.Iterations);
        TensorPrimitives.Multiply(w, (float)(1 - rate * options.WeightDecay), w);
        TensorPrimitives.MultiplyAdd(d, -(float)(rate * 0.2 * Math.Sqrt(Math.Max(rows, columns))), w, w);
    }
}
