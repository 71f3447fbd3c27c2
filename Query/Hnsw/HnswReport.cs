namespace SoundSearch.Query.Hnsw;

/// <summary>What <see cref="HnswIndex.Validate"/> found.</summary>
/// <param name="Problems">What is wrong, in words; empty for a sound index.</param>
/// <param name="Nodes">Vectors that stand in the graph: all but the copies.</param>
/// <param name="Copies">Vectors that equal another one.</param>
/// <param name="Removed">Vectors that are no longer found.</param>
/// <param name="Unreached">Nodes that no path leads to from the entry point on layer 0.</param>
/// <param name="MeanLinks">Links per node on layer 0.</param>
/// <param name="OneWay">Share of layer 0's links that have no link back.</param>
/// <param name="Layers">Nodes on each layer, from layer 0.</param>
public sealed record HnswReport(
    IReadOnlyList<string> Problems, int Nodes, int Copies, int Removed, int Unreached, double MeanLinks, double OneWay, IReadOnlyList<int> Layers)
{
    public bool IsSound => Problems.Count == 0;
}
