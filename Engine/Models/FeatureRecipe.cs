using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>A model's front end.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Frames">Frames of a full window.</param>
public sealed record FeatureRecipe(FeatureKind Kind, int Frames)
{
    /// <summary>In Hz, for front ends that work at any rate; null for those that have one of their own.</summary>
    public int? SampleRate { get; init; }

    /// <exception cref="ArgumentException">The rate is missing, or not this front end's.</exception>
    public IFeatureExtractor Create() => (Kind, SampleRate) switch
    {
        (FeatureKind.LogMel, null or LogMel.Rate) => new LogMel(Frames),
        (FeatureKind.VipAnt, > 0 and <= 384_000) => new VipAntFeatures(SampleRate.Value, Frames),
        _ => throw new ArgumentException($"There is no front end of kind {Kind} for a sample rate of {SampleRate?.ToString() ?? "none"} Hz."),
    };
}
