namespace SoundSearch.Query;

/// <summary>What is in a library.</summary>
public sealed record LibraryInfo
{
    public required string Directory { get; init; }

    public required int SchemaVersion { get; init; }

    /// <summary>Name of the model that made the vectors.</summary>
    public required string Model { get; init; }

    /// <summary>Hash of that model's weights and recipe.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Length of a vector.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Length of a segment in seconds.</summary>
    public required double WindowSeconds { get; init; }

    /// <summary>Folders that were indexed, absolute.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Files that can be found.</summary>
    public required long Files { get; init; }

    /// <summary>Files that could not be read.</summary>
    public required IReadOnlyList<FileFailure> Failed { get; init; }

    public required long Segments { get; init; }

    /// <summary>Total length of the files in seconds.</summary>
    public required double AudioSeconds { get; init; }

    /// <summary>Counts the commits that changed vectors.</summary>
    public required long Generation { get; init; }

    /// <summary>Bytes of the library's own files.</summary>
    public required long Bytes { get; init; }

    public required CacheState Cache { get; init; }
}
