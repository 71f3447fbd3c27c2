using SoundSearch.Training.Clips;
using SoundSearch.Training.Curation;

namespace SoundSearch.Training.Captioning;

/// <summary>Sounds with captions of one's own, in the place of the pack: tables below the data folder, of every layout that <see cref="ClipFolder"/> reads.</summary>
public sealed record CaptionClips
{
    /// <summary>Table of the sounds with captions that a captioner learns from; empty for a recipe that only writes.</summary>
    public string Index { get; init; } = "";

    /// <summary>Table of others, to choose the best weights by; empty: <see cref="HeldOutShare"/> of the index. Where there is no <see cref="Test"/>, half of them judge (a hash of the name decides).</summary>
    public string Validation { get; init; } = "";

    /// <summary>Table of the sounds that judge, for which no caption is ever trained on or written to train on; or empty.</summary>
    public string Test { get; init; } = "";

    /// <summary>Share of the index that nothing is trained on, where there is no other table.</summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <summary>Table of the sounds that captions are written for, whose labels guide; empty: all other files of the folder; null: none.</summary>
    public string? Unlabelled { get; init; }

    /// <summary>File of captions to learn to write from without their sounds (<see cref="CaptionFile"/>); empty: those of the index.</summary>
    public string Texts { get; init; } = "";

    /// <summary>Folder of the tagger, mn04.safetensors and labels.csv, seen from the data folder: it guides where a table has no labels. Empty: labels alone do.</summary>
    public string Tagger { get; init; } = "";

    /// <exception cref="ArgumentException">Nothing to learn from or to write for, or a share that is none.</exception>
    public void Check(bool trains)
    {
        string? wrong =
            trains && Index.Length == 0 ? "name the table of sounds with captions, 'index'"
            : !trains && (Index.Length > 0 || Validation.Length > 0 || Test.Length > 0 || Texts.Length > 0) ? "'index', 'validation', 'test' and 'texts' are the captioner's"
            : !trains && Unlabelled is null ? "name the table of the sounds to write for, 'unlabelled', or \"\" for all"
            : trains && Validation.Length == 0 && !(HeldOutShare is > 0 and < 1) ? "'heldOutShare' must be between 0 and 1"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"In 'clips': {wrong}.");
        }
    }
}
