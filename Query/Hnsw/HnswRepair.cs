namespace SoundSearch.Query.Hnsw;

/// <summary>
/// Makes every node reachable from the entry point on layer 0. Pruning the links back to a target may drop the only link to a
/// node; in clustered data that happens to a few in ten thousand, and such a sound would never be found.
/// </summary>
internal static unsafe class HnswRepair
{
    private const int Unreached = -1;
    private const int FirstHosts = 64;

    /// <summary>
    /// Walks the layer breadth first and remembers over which link each node was reached: a tree. The other links can be spared
    /// without losing a node, so each unreached node takes the place of one, in the list of the nearest reached node.
    /// </summary>
    /// <returns>How many links were made.</returns>
    public static int Connect(HnswStorage storage)
    {
        GraphView graph = storage.View;
        if (graph.Count == 0)
        {
            return 0;
        }
        int[] parents = Tree(graph, storage.Entry);
        int made = 0;
        using var scratch = new Scratch();
        var queue = new Queue<int>();
        for (int node = 0; node < graph.Count; node++)
        {
            if (parents[node] != Unreached || graph.Levels[node] == GraphView.CopyLevel)
            {
                continue;
            }
            parents[node] = FindHost(storage, graph, scratch, parents, node);
            queue.Enqueue(node);
            Spread(graph, parents, queue);
            made++;
        }
        return made;
    }

    /// <summary>Nodes of the graph that no path on layer 0 leads to from the entry point.</summary>
    public static int CountUnreached(in GraphView graph, int entry)
    {
        if (graph.Count == 0)
        {
            return 0;
        }
        int[] parents = Tree(graph, entry);
        int count = 0;
        for (int node = 0; node < graph.Count; node++)
        {
            count += parents[node] == Unreached && graph.Levels[node] != GraphView.CopyLevel ? 1 : 0;
        }
        return count;
    }

    /// <summary>Puts a link to a node into the list of the most similar reached node that can spare one.</summary>
    private static int FindHost(HnswStorage storage, in GraphView graph, Scratch scratch, int[] parents, int node)
    {
        // A search from the entry point that keeps every node finds all that are reached. Their lists have 2 M places each and
        // the tree has one link per node, so one of them can spare a place.
        for (int ef = FirstHosts; ; ef = Math.Min(graph.Count, ef * 8))
        {
            Traversal.SearchLayer(graph, scratch, graph.Row(node), graph.Scales[node], storage.Entry, -1, ef, 0, default, long.MaxValue);
            for (int i = 0; i < scratch.ResultCount; i++)
            {
                int host = Ranked.Node(scratch.Results[i]);
                int place = Spare(graph, parents, host);
                if (place >= 0)
                {
                    graph.Links(host, 0)[place] = node;
                    return host;
                }
            }
            if (ef >= graph.Count)
            {
                throw new InvalidOperationException($"No node can spare a link to node {node}.");
            }
        }
    }

    private static int[] Tree(in GraphView graph, int entry)
    {
        int[] parents = new int[graph.Count];
        Array.Fill(parents, Unreached);
        parents[entry] = entry;
        var queue = new Queue<int>();
        queue.Enqueue(entry);
        Spread(graph, parents, queue);
        return parents;
    }

    private static void Spread(in GraphView graph, int[] parents, Queue<int> queue)
    {
        int max = graph.MaxLinks(0);
        while (queue.TryDequeue(out int node))
        {
            int* links = graph.Links(node, 0);
            for (int i = 0; i < max && links[i] >= 0; i++)
            {
                if (parents[links[i]] == Unreached)
                {
                    parents[links[i]] = node;
                    queue.Enqueue(links[i]);
                }
            }
        }
    }

    /// <summary>A free place in a list, else the last one that holds no link of the tree, else -1.</summary>
    private static int Spare(in GraphView graph, int[] parents, int host)
    {
        int max = graph.MaxLinks(0);
        var links = new ReadOnlySpan<int>(graph.Links(host, 0), max);
        int free = links.IndexOf(-1);
        if (free >= 0)
        {
            return free;
        }
        for (int i = max - 1; i >= 0; i--)
        {
            if (parents[links[i]] != host)
            {
                return i;
            }
        }
        return -1;
    }
}
