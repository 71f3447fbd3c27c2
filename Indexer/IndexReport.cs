using SoundSearch.Query;

namespace SoundSearch.Indexer;

/// <summary>What a run did. Files = Indexed + Unchanged + Moved + files among Failed, unless it was cancelled.</summary>
public sealed record IndexReport
{
    /// <summary>Sound files in the folders, by their names' endings.</summary>
    public required int Files { get; init; }

    /// <summary>New or changed files that can be found now.</summary>
    public required int Indexed { get; init; }

    /// <summary>Files that were known already.</summary>
    public required int Unchanged { get; init; }

    /// <summary>Files that were known under another path and followed without encoding them again.</summary>
    public required int Moved { get; init; }

    /// <summary>Files that are no longer there.</summary>
    public required int Removed { get; init; }

    /// <summary>Files and folders that cannot be read, also those known from earlier runs.</summary>
    public required IReadOnlyList<FileFailure> Failed { get; init; }

    /// <summary>Segments written by this run.</summary>
    public required long Segments { get; init; }

    /// <summary>Sound encoded by this run, in seconds.</summary>
    public required double AudioSeconds { get; init; }

    /// <summary>Time taken.</summary>
    public required double Seconds { get; init; }

    /// <summary>Stopped early; everything finished until then is in the library, and the next run goes on.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>Why the neighbour graph could not be written, or null: searches are exact until the next run builds it.</summary>
    public required string? GraphProblem { get; init; }
}
