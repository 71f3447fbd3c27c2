namespace SoundSearch.Query.Hnsw;

/// <summary>Algorithms 2 and 5 of the paper, for the builder and the index alike. Similarities are those of the codes.</summary>
internal static unsafe class Traversal
{
    /// <summary>Walks from a node to ever more similar ones on one layer, until none is (algorithm 2 with ef = 1).</summary>
    public static int Greedy(in GraphView graph, sbyte* code, float scale, int start, int layer)
    {
        int best = start;
        ulong bestKey = Ranked.Key(graph.Similarity(code, scale, start), start);
        while (true)
        {
            int* links = graph.Links(best, layer);
            int before = best;
            for (int i = 0, max = graph.MaxLinks(layer); i < max && links[i] >= 0; i++)
            {
                ulong key = Ranked.Key(graph.Similarity(code, scale, links[i]), links[i]);
                if (key > bestKey)
                {
                    (best, bestKey) = (links[i], key);
                }
            }
            if (best == before)
            {
                return best;
            }
        }
    }

    /// <summary>Walks from the entry point down to one layer above the given one.</summary>
    public static int Descend(in GraphView graph, sbyte* code, float scale, int entry, int top, int layer)
    {
        for (int l = top; l > layer; l--)
        {
            entry = Greedy(graph, code, scale, entry, l);
        }
        return entry;
    }

    /// <summary>
    /// Algorithm 2: leaves the ef most similar accepted nodes in the scratch's results, from best to worst. All nodes are
    /// walked through, accepted or not. The walk begins at one node or, where also is not -1, at two. Returns false, with nothing to use, when more than budget nodes were compared.
    /// </summary>
    public static bool SearchLayer(
        in GraphView graph, Scratch scratch, sbyte* code, float scale, int start, int also, int ef, int layer, in NodeFilter filter, long budget)
    {
        int max = graph.MaxLinks(layer);
        scratch.Begin(graph.Count, ef, max);
        ushort[] stamps = scratch.Stamps;
        ushort epoch = scratch.Epoch;
        int[] fresh = scratch.Fresh;

        for (int i = 0; i < 2; i++)
        {
            int from = i == 0 ? start : also;
            if (from >= 0 && stamps[from] != epoch)
            {
                stamps[from] = epoch;
                ulong key = Ranked.Key(graph.Similarity(code, scale, from), from);
                scratch.PushCandidate(key);
                if (filter.AllowsAny(from))
                {
                    scratch.KeepResult(key, ef);
                }
            }
        }
        while (scratch.CandidateCount > 0)
        {
            ulong best = scratch.PopCandidate();
            if (scratch.ResultCount == ef && best < scratch.Results[0])
            {
                break;
            }
            int* links = graph.Links(Ranked.Node(best), layer);
            int count = 0;
            for (int i = 0; i < max && links[i] >= 0; i++)
            {
                if (stamps[links[i]] != epoch)
                {
                    stamps[links[i]] = epoch;
                    fresh[count++] = links[i];
                }
            }
            budget -= count;
            if (budget < 0)
            {
                return false;
            }
            for (int i = 0; i < count; i++)
            {
                if (i + 1 < count)
                {
                    VectorKernels.Prefetch(graph.Row(fresh[i + 1]), graph.Stride);
                }
                ulong key = Ranked.Key(graph.Similarity(code, scale, fresh[i]), fresh[i]);
                if (scratch.ResultCount < ef || key > scratch.Results[0])
                {
                    scratch.PushCandidate(key);
                    if (filter.AllowsAny(fresh[i]))
                    {
                        scratch.KeepResult(key, ef);
                    }
                }
            }
        }
        Ranked.SortBestFirst(scratch.Results.AsSpan(0, scratch.ResultCount));
        return true;
    }
}
