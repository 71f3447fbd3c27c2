namespace SoundSearch.Query;

/// <summary>Answer to a search.</summary>
/// <param name="Hits">Best first, one per file.</param>
/// <param name="Notes">What the user should know: a cache that is missing or damaged, words only because no text encoder was given.</param>
/// <param name="Exact">Whether every vector that the filter allows was compared, not only the graph's neighbourhood.</param>
/// <param name="Generation">The library's generation of vectors that was searched.</param>
public sealed record SearchResult(IReadOnlyList<SearchHit> Hits, IReadOnlyList<string> Notes, bool Exact, long Generation);
