using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>A model's front end.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Frames">Frames of a full window.</param>
public sealed record FeatureRecipe(FeatureKind Kind, int Frames)
{
    /// <summary>In Hz, for front ends that work at any rate; null for those that have one of their own.</summary>
    public int? SampleRate { get; init; }

    /// <summary>Mel bins and sample rate in Hz, without building the front end's tables: whoever only searches needs none.</summary>
    /// <exception cref="ArgumentException">The rate is missing, or not this front end's.</exception>
    public (int Bins, int Rate) Output => (Kind, SampleRate) switch
    {
        (FeatureKind.LogMel, null or LogMel.Rate) => (LogMel.MelBins, LogMel.Rate),
        (FeatureKind.VipAnt, > 0 and <= 384_000) => (VipAntFeatures.MelBins, SampleRate.Value),
        _ => throw new ArgumentException($"There is no front end of kind {Kind} for a sample rate of {SampleRate?.ToString() ?? "none"} Hz."),
    };

    /// <exception cref="ArgumentException">The rate is missing, or not this front end's.</exception>
    public IFeatureExtractor Create() => Kind == FeatureKind.LogMel && Output.Rate == LogMel.Rate ? new LogMel(Frames) : new VipAntFeatures(Output.Rate, Frames);
}
