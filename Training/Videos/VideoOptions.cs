using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Videos;

/// <summary>How sounds and pictures make videos.</summary>
public sealed record VideoOptions : PivotOptions
{
    /// <summary>Folder, beside the run's own, of the run that trained the image tower.</summary>
    public string Pivot { get; init; } = "picture-tower-1";

    /// <summary>Least cosine of a sound's text with a picture's name for the list to say yes.</summary>
    public double MinCosine { get; init; } = 0.74;

    /// <summary>Most names that the list has for one text.</summary>
    public int NamesPerText { get; init; } = 2;

    /// <summary>
    /// A picture may be a frame if its own name is among so many nearest names for the image tower: what the tower takes for something else
    /// teaches what is heard to be something else. 0: all pictures.
    /// </summary>
    public int KnownRank { get; init; } = 20;

    /// <summary>Most frames of a video that show what is heard; their number is drawn, from 1 on.</summary>
    public int MostAgreeing { get; init; } = 3;

    /// <summary>Of the videos: runs of several seeds train on the same ones.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Fold of the sets with folds whose sounds are never trained on.</summary>
    public string HeldOutFold { get; init; } = "1";

    /// <exception cref="ArgumentException">A number that cannot be, or a tower that does not read spectrograms.</exception>
    public void Check(AudioTowerShape tower)
    {
        string? wrong = Wrong(tower)
            ?? (Frames < 1 || MostAgreeing < 1 || MostAgreeing > Frames ? $"{MostAgreeing} of {Frames} frames cannot agree"
            : KnownRank < 0 ? "'knownRank' must be 0 or more"
            : NamesPerText < 1 || !(MinCosine is > -1 and <= 1) ? "'namesPerText' must be 1 or more, 'minCosine' at most 1"
            : !(HeldOutShare is > 0 and < 1) ? "'heldOutShare' must be between 0 and 1"
            : !IsFolderName(Pivot) ? "'pivot' must be the name of a run's folder"
            : null);
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'videos': {wrong}.");
        }
    }
}
