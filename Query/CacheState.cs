namespace SoundSearch.Query;

/// <summary>State of the file with the neighbour graph, which is derived from the database and can always be rebuilt.</summary>
public enum CacheState
{
    /// <summary>The library is small enough that every search is exact.</summary>
    NotNeeded,

    /// <summary>Matches the database.</summary>
    Fresh,

    /// <summary>Not built yet.</summary>
    Missing,

    /// <summary>Built from an older state of the database.</summary>
    Stale,

    /// <summary>Its header, size or checksum is wrong.</summary>
    Damaged,
}
