namespace SoundSearch.Query;

/// <summary>One file that was found, with the place in it that fits best.</summary>
public sealed record SearchHit
{
    /// <summary>1 for the best.</summary>
    public required int Rank { get; init; }

    /// <summary>
    /// Never grows down the list. The cosine when only the sound counted, the weighted share of the words found when only
    /// words counted, else the merged reciprocal ranks scaled so that first in both lists, with every word, is 1.
    /// </summary>
    public required double Score { get; init; }

    /// <summary>Absolute path, or the address of a sound that was imported without its file.</summary>
    public required string Path { get; init; }

    /// <summary>Where the best segment begins, in seconds.</summary>
    public required double Start { get; init; }

    /// <summary>Where the best segment ends, in seconds.</summary>
    public required double End { get; init; }

    /// <summary>Length of the file in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>Sample rate of the file in Hz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels of the file.</summary>
    public required int Channels { get; init; }

    /// <summary>Title from the file's metadata.</summary>
    public string? Title { get; init; }

    /// <summary>Description from the file's metadata.</summary>
    public string? Description { get; init; }

    /// <summary>Keywords from the file's metadata.</summary>
    public string? Tags { get; init; }

    /// <summary>Cosine of the best segment with the question; null when only words counted.</summary>
    public float? Cosine { get; init; }
}
