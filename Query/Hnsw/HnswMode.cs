namespace SoundSearch.Query.Hnsw;

/// <summary>How a search goes about it.</summary>
public enum HnswMode
{
    /// <summary>The graph, or an exact scan where that is the quicker one: few vectors, or few allowed ones.</summary>
    Auto,

    /// <summary>The graph, whatever it costs.</summary>
    Graph,

    /// <summary>All allowed vectors.</summary>
    Exact,
}
