namespace SoundSearch.Query;

/// <summary>What to look for. By default words and meaning are merged; either can be switched off.</summary>
public sealed record SearchRequest
{
    /// <summary>Most hits that one search gives.</summary>
    public const int MaxK = 10_000;

    /// <summary>A description, as the user typed it: nothing in it is syntax.</summary>
    public required string Text { get; init; }

    /// <summary>Hits wanted, 1 to <see cref="MaxK"/>; fewer come when the library or the filter has fewer.</summary>
    public int K { get; init; } = 10;

    /// <summary>Only the sound counts, not its name.</summary>
    public bool VectorOnly { get; init; }

    /// <summary>Only names, folders, descriptions and tags count.</summary>
    public bool WordsOnly { get; init; }

    /// <summary>Condition on the files, see <see cref="Filters.SearchFilter"/>: <c>duration &lt; 5 and path like '%dogs%'</c>.</summary>
    public string? Where { get; init; }
}
