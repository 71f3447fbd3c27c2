namespace SoundSearch.Training.Curation;

/// <summary>Where the texts of sounds come from (Zhao et al. 2022, table 2).</summary>
public enum CaptionKind
{
    /// <summary>GC: the sounds' own texts: labels, and titles that are words.</summary>
    Gold,

    /// <summary>GL: class labels as texts; sounds without one stay out.</summary>
    Labels,

    /// <summary>RC: captions of a file, at random.</summary>
    Random,

    /// <summary>AC, FC, VC, by file and prompt: the captions of a file that are nearest to a clip's frames.</summary>
    Mined,

    /// <summary>A list that is there already: written by a captioner, or by hand.</summary>
    Listed,
}
