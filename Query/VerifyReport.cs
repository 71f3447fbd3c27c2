namespace SoundSearch.Query;

/// <summary>Result of checking a library from end to end.</summary>
public sealed record VerifyReport
{
    /// <summary>Nothing is wrong with the database. A missing, stale or damaged graph is no error: searches are exact without it, and the next indexing builds it.</summary>
    public bool Ok => Problems.Count == 0;

    /// <summary>Each says what is wrong, where, and what to do.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required long Files { get; init; }

    public required long Failed { get; init; }

    public required long Segments { get; init; }

    /// <summary>Vectors found finite and of unit length.</summary>
    public required long GoodVectors { get; init; }

    public required CacheState Cache { get; init; }

    /// <summary>What is wrong with the graph; empty when nothing is.</summary>
    public required string CacheProblem { get; init; }

    /// <summary>Mean recall@10 of the graph against exact search, with stored vectors as questions; null without a fresh graph.</summary>
    public required double? Recall { get; init; }

    public required double Seconds { get; init; }
}
