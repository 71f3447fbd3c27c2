namespace SoundSearch.Indexer.Freesound;

/// <summary>What an import did. Rows = Imported + Unchanged + Bad, unless it was cancelled.</summary>
public sealed record ImportReport
{
    public required long Rows { get; init; }

    /// <summary>Sounds that are new, or took the place of what was there under their id.</summary>
    public required long Imported { get; init; }

    public required long Unchanged { get; init; }

    /// <summary>Rows that were left out.</summary>
    public required long Bad { get; init; }

    /// <summary>The first of those, and why.</summary>
    public required IReadOnlyList<ImportProblem> Problems { get; init; }

    /// <summary>Time taken.</summary>
    public required double Seconds { get; init; }

    /// <summary>Stopped early; what was finished is in the library, and the next run goes on.</summary>
    public required bool Cancelled { get; init; }

    /// <summary>Why the neighbour graph could not be written, or null.</summary>
    public required string? GraphProblem { get; init; }
}
