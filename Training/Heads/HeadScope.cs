namespace SoundSearch.Training.Heads;

/// <summary>What is trained on labels.</summary>
public enum HeadScope
{
    /// <summary>The head alone, on vectors that are computed once (linear probe).</summary>
    Probe,

    /// <summary>Head, last blocks, and what comes after them; the stem keeps its batch norm's running statistics.</summary>
    LastBlocks,

    /// <summary>Head and the whole tower.</summary>
    All,
}
