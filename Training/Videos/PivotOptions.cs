using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Videos;

/// <summary>What all runs over sounds with frames have in common: the frozen image tower, the start, frames and masks.</summary>
public abstract record PivotOptions
{
    public TowerStart Start { get; init; } = TowerStart.Random;

    /// <summary>Name of the recipe whose run of the same seed gives the tower that training goes on from, in the place of <see cref="Start"/>; empty: none.</summary>
    public string From { get; init; } = "";

    /// <summary>Frames of a video.</summary>
    public int Frames { get; init; } = 4;

    /// <summary>Widest band of mel bins that is masked (the paper has 32).</summary>
    public int MaskBins { get; init; } = 16;

    /// <summary>Longest stretch that is masked, as a share of the frames (the paper has 200 of 1000).</summary>
    public double MaskFrames { get; init; } = 0.1;

    /// <summary>Share of the sounds, by recording or video, that is never trained on.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    public SpectrogramMasks Masks => new(MaskBins, MaskFrames);

    /// <summary>What cannot be, or null.</summary>
    protected string? Wrong(AudioTowerShape tower) =>
        tower.Bins != LogMel.MelBins || (tower.Stem == StemKind.Patch && tower.Channels != 1) ? $"the tower must read one channel of {LogMel.MelBins} mel bins"
        : Start == TowerStart.Image && (tower.Stem != StemKind.Patch || tower.Pool != Pool.Class) ? "only a tower of patches with a class token can start from the image tower"
        : MaskBins is < 0 or > LogMel.MelBins || !(MaskFrames is >= 0 and <= 1) ? $"masks of {MaskBins} bins and {MaskFrames} of the frames are none"
        : Path.GetFileName(From) != From ? "'from' must be the name of a recipe"
        : null;

    /// <summary>Whether a string is the name of a folder, and leads nowhere else.</summary>
    protected static bool IsFolderName(string name) => name.Length > 0 && Path.GetFileName(name) == name && name is not ("." or "..");
}
