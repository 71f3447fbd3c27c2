using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Videos;

/// <summary>How sounds and pictures make videos.</summary>
public sealed record VideoOptions
{
    /// <summary>Folder, beside the run's own, of the run that trained the image tower.</summary>
    public string Pivot { get; init; } = "picture-tower-1";

    public TowerStart Start { get; init; } = TowerStart.Random;

    /// <summary>Name of the recipe whose run of the same seed gives the tower that training goes on from, in the place of <see cref="Start"/>; empty: none.</summary>
    public string From { get; init; } = "";

    /// <summary>Least cosine of a sound's text with a picture's name for the list to say yes.</summary>
    public double MinCosine { get; init; } = 0.74;

    /// <summary>Most names that the list has for one text.</summary>
    public int NamesPerText { get; init; } = 2;

    /// <summary>
    /// A picture may be a frame if its own name is among so many nearest names for the image tower: what the tower takes for something else
    /// teaches what is heard to be something else. 0: all pictures.
    /// </summary>
    public int KnownRank { get; init; } = 20;

    /// <summary>Frames of a video.</summary>
    public int Frames { get; init; } = 4;

    /// <summary>Most frames of a video that show what is heard; their number is drawn, from 1 on.</summary>
    public int MostAgreeing { get; init; } = 3;

    /// <summary>Of the videos: runs of several seeds train on the same ones.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Widest band of mel bins that is masked (the paper has 32).</summary>
    public int MaskBins { get; init; } = 16;

    /// <summary>Longest stretch that is masked, as a share of the frames (the paper has 200 of 1000).</summary>
    public double MaskFrames { get; init; } = 0.1;

    /// <summary>Fold of the sets with folds whose sounds are never trained on.</summary>
    public string HeldOutFold { get; init; } = "1";

    /// <summary>Share of the other sounds, by recording, that is never trained on.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <exception cref="ArgumentException">A number that cannot be, or a tower that does not read spectrograms.</exception>
    public void Check(AudioTowerShape tower)
    {
        string? wrong =
            tower.Bins != LogMel.MelBins || (tower.Stem == StemKind.Patch && tower.Channels != 1) ? $"the tower must read one channel of {LogMel.MelBins} mel bins"
            : Start == TowerStart.Image && (tower.Stem != StemKind.Patch || tower.Pool != Pool.Class) ? "only a tower of patches with a class token can start from the image tower"
            : Frames < 1 || MostAgreeing < 1 || MostAgreeing > Frames ? $"{MostAgreeing} of {Frames} frames cannot agree"
            : MaskBins is < 0 or > LogMel.MelBins || !(MaskFrames is >= 0 and <= 1) ? $"masks of {MaskBins} bins and {MaskFrames} of the frames are none"
            : KnownRank < 0 ? "'knownRank' must be 0 or more"
            : NamesPerText < 1 || !(MinCosine is > -1 and <= 1) ? "'namesPerText' must be 1 or more, 'minCosine' at most 1"
            : !(HeldOutShare is > 0 and < 1) ? "'heldOutShare' must be between 0 and 1"
            : Pivot.Length == 0 || Path.GetFileName(Pivot) != Pivot || Pivot is "." or ".." || Path.GetFileName(From) != From ? "'pivot' must be the name of a run's folder, 'from' of a recipe"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'videos': {wrong}.");
        }
    }
}
