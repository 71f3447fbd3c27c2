namespace SoundSearch.Indexer;

/// <summary>How far a run is.</summary>
public sealed record IndexProgress
{
    /// <summary>Sound files found so far.</summary>
    public required int Found { get; init; }

    /// <summary>Whether all files have been found, so that the totals are final.</summary>
    public required bool ScanComplete { get; init; }

    /// <summary>New or changed files found so far.</summary>
    public required int ToDo { get; init; }

    /// <summary>Of those, done.</summary>
    public required int Done { get; init; }

    /// <summary>Bytes in the new or changed files.</summary>
    public required long BytesToDo { get; init; }

    /// <summary>Of those, done: their rate gives the time left.</summary>
    public required long BytesDone { get; init; }

    /// <summary>Files that could not be read in this run.</summary>
    public required int Failed { get; init; }

    /// <summary>Sound encoded so far, in seconds.</summary>
    public required double AudioSeconds { get; init; }

    /// <summary>Seconds since the start.</summary>
    public required double Seconds { get; init; }

    /// <summary>The file finished last.</summary>
    public required string? Current { get; init; }
}
