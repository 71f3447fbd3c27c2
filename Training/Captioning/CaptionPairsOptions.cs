using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Captioning;

/// <summary>Sounds and texts for an audio tower: captions that were written, or what sounds are called.</summary>
public sealed record CaptionPairsOptions
{
    /// <summary>Name of the recipe whose run of the same seed wrote the captions; null: real pairs, the named sounds and what they are called.</summary>
    public string? Captions { get; init; }

    /// <summary>Name of the recipe whose run of the same seed gives the tower's first weights; null: at random.</summary>
    public string? Start { get; init; }

    /// <summary>The captioner's, so that its held-out sounds stay so.</summary>
    public required CaptionSplit Split { get; init; }

    /// <summary>Widest band of mel bins that is masked.</summary>
    public int MaskBins { get; init; } = 16;

    /// <summary>Longest stretch that is masked, as a share of the frames.</summary>
    public double MaskFrames { get; init; } = 0.1;

    /// <exception cref="ArgumentException">A number or a name that cannot be, or a tower that does not read spectrograms.</exception>
    public void Check(AudioTowerShape tower)
    {
        static bool IsName(string? name) => name is null || (name.Length > 0 && Path.GetFileName(name) == name);
        string? wrong =
            tower.Bins != LogMel.MelBins || (tower.Stem == StemKind.Patch && tower.Channels != 1) ? $"the tower must read one channel of {LogMel.MelBins} mel bins"
            : MaskBins is < 0 or > LogMel.MelBins || !(MaskFrames is >= 0 and <= 1) ? $"masks of {MaskBins} bins and {MaskFrames} of the frames are none"
            : !IsName(Captions) || !IsName(Start) ? "'captions' and 'start' must be names of recipes"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'pairs': {wrong}.");
        }
        Split.Check();
    }
}
