using System.Numerics;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// One pass over a mapped graph that makes it safe to walk: every place that a search follows lies inside, chains end, scores
/// are numbers. Checksums find accidents; this holds for a file with right checksums and any content.
/// </summary>
internal static unsafe class HnswChecker
{
    /// <summary>Null when the graph can be walked, else the first thing wrong.</summary>
    public static string? Check(HnswMap map) => CheckNodes(map) ?? CheckCopies(map) ?? CheckLinks(map.Graph);

    private static string? CheckNodes(HnswMap map)
    {
        HnswHeader header = map.Header;
        GraphView graph = map.Graph;
        for (int node = 0; node < graph.Count; node++)
        {
            int level = graph.Levels[node];
            int first = graph.UpperStarts[node];
            if (level != GraphView.CopyLevel && level > header.TopLayer)
            {
                return Bad(node, $"level {level} above the top layer {header.TopLayer}");
            }
            if (level is 0 or GraphView.CopyLevel ? first != -1 : first < 0 || first > header.UpperLists - level)
            {
                return Bad(node, $"upper lists from {first} at level {level}, there are {header.UpperLists}");
            }
            if (!(graph.Scales[node] >= 0 && float.IsFinite(graph.Scales[node])))
            {
                return Bad(node, $"scale {graph.Scales[node]}");
            }
            if (node > 0 && map.Keys[node] <= map.Keys[node - 1])
            {
                return Bad(node, $"key {map.Keys[node]} after {map.Keys[node - 1]}");
            }
        }
        if (graph.Count > 0 && graph.Levels[header.Entry] != header.TopLayer)
        {
            return Bad(header.Entry, $"the entry point at level {graph.Levels[header.Entry]}, expected {header.TopLayer}");
        }
        int removed = 0;
        for (int word = 0; word < (graph.Count + 63) / 64; word++)
        {
            removed += BitOperations.PopCount(map.RemovedBits[word]);
        }
        bool tail = graph.Count % 64 != 0 && map.RemovedBits[graph.Count / 64] >> (graph.Count % 64) != 0;
        return removed == header.Removed && !tail ? null : $"damaged graph: {removed} bits of removed nodes, the header says {header.Removed}";
    }

    /// <summary>Chains go upwards, so they end; each copy hangs on one chain, so no answer comes twice.</summary>
    private static string? CheckCopies(HnswMap map)
    {
        GraphView graph = map.Graph;
        byte[] held = new byte[graph.Count];
        int copies = 0;
        for (int node = 0; node < graph.Count; node++)
        {
            int next = graph.NextCopies[node];
            if (next != -1)
            {
                if (next <= node || next >= graph.Count || graph.Levels[next] != GraphView.CopyLevel || held[next]++ != 0)
                {
                    return Bad(node, $"a chain of copies that goes on at {next}");
                }
            }
            if (graph.Levels[node] == GraphView.CopyLevel)
            {
                copies++;
                if (held[node] == 0) // whoever holds it came before
                {
                    return Bad(node, "a copy on no chain");
                }
            }
        }
        return copies == map.Header.Copies ? null : $"damaged graph: {copies} copies, the header says {map.Header.Copies}";
    }

    private static string? CheckLinks(in GraphView graph)
    {
        for (int node = 0; node < graph.Count; node++)
        {
            bool copy = graph.Levels[node] == GraphView.CopyLevel;
            int top = copy ? 0 : graph.Levels[node];
            for (int layer = 0; layer <= top; layer++)
            {
                int* links = graph.Links(node, layer);
                bool ended = copy;
                for (int i = 0, max = graph.MaxLinks(layer); i < max; i++)
                {
                    int to = links[i];
                    if (to == -1)
                    {
                        ended = true;
                    }
                    else if (ended || (uint)to >= (uint)graph.Count || to == node || graph.Levels[to] == GraphView.CopyLevel || graph.Levels[to] < layer)
                    {
                        return Bad(node, $"link {i} on layer {layer} to {to}");
                    }
                }
            }
        }
        return null;
    }

    private static string Bad(int node, string what) => $"damaged graph: node {node} has {what}";
}
