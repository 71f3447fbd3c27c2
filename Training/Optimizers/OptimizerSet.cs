using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Optimizers;

/// <summary>Several optimisers, each with its own parameters, stepped as one: Muon for the matrices, AdamW for the rest.</summary>
public sealed class OptimizerSet : IOptimizer
{
    private readonly IOptimizer[] parts;

    /// <exception cref="ArgumentException">Two parts share a parameter.</exception>
    public OptimizerSet(params IOptimizer[] parts)
    {
        this.parts = parts;
        Parameters = [.. parts.SelectMany(p => p.Parameters)];
        State = [.. parts.SelectMany(p => p.State)];
        string[] twice = [.. Parameters.GroupBy(p => p.Name).Where(g => g.Count() > 1).Select(g => g.Key)];
        if (twice.Length > 0)
        {
            throw new ArgumentException($"parameters with two optimisers: {string.Join(", ", twice)}", nameof(parts));
        }
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> State { get; }

    public long Steps
    {
        get => parts[0].Steps;
        set => Array.ForEach(parts, p => p.Steps = value);
    }

    public void Step(double scale) => Array.ForEach(parts, p => p.Step(scale));
}
