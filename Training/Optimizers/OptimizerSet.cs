using SoundSearch.Engine.Formats;
using SoundSearch.Training.Run;

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

    /// <summary>Muon for the hidden matrices, AdamW for the rest: the set of every recipe here that uses Muon.</summary>
    /// <param name="parameters">All.</param>
    /// <param name="hidden">Which of the matrices are Muon's; parameters of another number of axes never are.</param>
    /// <param name="muon">Muon's options.</param>
    /// <param name="adam">AdamW's.</param>
    /// <param name="shards">Share out Muon's matrices.</param>
    public static OptimizerSet WithMuon(IReadOnlyList<Parameter> parameters, Func<Parameter, bool> hidden, MuonOptions muon, AdamOptions adam, Shards shards)
    {
        ILookup<bool, Parameter> forMuon = parameters.ToLookup(p => p.Shape.Length == 2 && hidden(p));
        return new OptimizerSet(new Muon(forMuon[true], muon, shards), new AdamW(forMuon[false], adam));
    }

    /// <summary>The matrices of a transformer's blocks.</summary>
    public static bool IsOfBlock(Parameter p) => p.Name.Contains("resblocks.", StringComparison.Ordinal);

    /// <summary>An audio tower's hidden matrices: those of its blocks and the conv stem's linear layer.</summary>
    public static bool IsHidden(Parameter p) => IsOfBlock(p) || p.Name.EndsWith("linear.weight", StringComparison.Ordinal);

    public IReadOnlyList<Parameter> Parameters { get; }

    public IReadOnlyList<Tensor> State { get; }

    public long Steps
    {
        get => parts[0].Steps;
        set => Array.ForEach(parts, p => p.Steps = value);
    }

    public void Step(double scale) => Array.ForEach(parts, p => p.Step(scale));
}
