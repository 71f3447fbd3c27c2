using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Curation;

/// <summary>The texts that sounds are trained with.</summary>
public sealed record CaptionOptions
{
    public required CaptionKind Kind { get; init; }

    /// <summary>
    /// Captions that <see cref="CaptionKind.Random"/> and <see cref="CaptionKind.Mined"/> choose from: a CSV file, below the data folder unless
    /// its path is absolute. Empty, and nothing <see cref="Written"/>: the names of all pictures, captions of what is seen as MSCOCO's are.
    /// </summary>
    public string Source { get; init; } = "";

    /// <summary>In the place of <see cref="Source"/>: folder, beside the run's own, of the run that wrote the captions to choose from (FC's are written by a machine).</summary>
    public string Written { get; init; } = "";

    /// <summary>What is put before a caption when frames look for it: "the sound of " (AC) or "a photo of " (FC, VC).</summary>
    public string Prompt { get; init; } = ZeroShot.Prompt;

    /// <summary>Mined: whether all frames of a clip look for captions, one at random, or the one nearest to the sound by the tower that training starts from.</summary>
    public FrameRule Frames { get; init; } = FrameRule.Multi;

    /// <summary>Captions that a sound gets of <see cref="Source"/>.</summary>
    public int PerClip { get; init; } = 5;

    /// <summary>The list of paths and captions, below the folder of all runs; read if it is there, else written. Empty: stores/captions-RECIPE.csv.</summary>
    public string List { get; init; } = "";

    /// <summary>Few-shot: lines of the list that are trained on, chosen by <see cref="Seed"/>; smaller numbers' are among larger ones'. 0: all.</summary>
    public int Pairs { get; init; }

    /// <summary>Of what is chosen at random, whatever the run's seed is.</summary>
    public ulong Seed { get; init; } = 1;

    /// <exception cref="ArgumentException">A member is missing, is not meant for the kind, or cannot be.</exception>
    public void Check()
    {
        bool chooses = Kind is CaptionKind.Random or CaptionKind.Mined;
        string? wrong =
            !chooses && Source.Length + Written.Length > 0 ? "only the kinds 'random' and 'mined' have a 'source', or 'written'"
            : Source.Length > 0 && Written.Length > 0 ? "captions come from a 'source' or are 'written' by a run, not both"
            : Path.GetFileName(Written) != Written || Written is "." or ".." ? "'written' must be the name of a run's folder"
            : Kind == CaptionKind.Listed && List.Length == 0 ? "the kind 'listed' needs a 'list': a file with path and caption"
            : PerClip < 1 ? "'perClip' must be 1 or more"
            : Pairs < 0 ? "'pairs' must be 0 (all) or more"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'captions': {wrong}.");
        }
    }
}
