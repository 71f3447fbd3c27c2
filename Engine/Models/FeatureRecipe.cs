using SoundSearch.Engine.Features;

namespace SoundSearch.Engine.Models;

/// <summary>A model's front end.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Frames">Frames of a full window.</param>
public sealed record FeatureRecipe(FeatureKind Kind, int Frames)
{
    /// <exception cref="NotSupportedException">This version has no such front end.</exception>
    public IFeatureExtractor Create() => Kind switch
    {
        FeatureKind.LogMel => new LogMel(Frames),
        _ => throw new NotSupportedException($"This version has no front end of kind {Kind}."),
    };
}
