using System.Numerics;

namespace SoundSearch.Query.Hnsw;

/// <summary>Searching a mapped graph. Nothing is allocated once a scratch of the right size exists.</summary>
internal static unsafe class HnswSearch
{
    /// <summary>
    /// With a share p of n vectors allowed, a search with ef candidates walks through about ef / p nodes and compares some of
    /// their neighbours; a scan compares p n. This is what the first costs relative to ef / p, so the scan is chosen when
    /// (p n)^2 is at most this x ef x n. Measured: Benchmarks/RESULTS.md, HNSW.
    /// </summary>
    private const double GraphCost = 8;

    public static int Run(
        HnswMap map, Scratch scratch, ReadOnlySpan<float> query, int k, int ef, ReadOnlySpan<ulong> allowed, HnswMode mode, Span<int> nodes, Span<float> scores)
    {
        GraphView graph = map.Graph;
        fixed (ulong* bits = allowed)
        {
            var filter = new NodeFilter(bits, map.Removed, graph.NextCopies);
            int live = filter.Count(graph.Count);
            k = Math.Min(k, live);
            if (k == 0)
            {
                return 0;
            }
            ef = Math.Min(Math.Max(ef, k), graph.Count);
            float scale = Prepare(map, scratch, query);
            scratch.BeginTop(k);
            bool scan = mode == HnswMode.Exact || (mode == HnswMode.Auto && (double)live * live <= GraphCost * ef * graph.Count);
            long budget = mode == HnswMode.Graph || filter.IsOpen ? long.MaxValue : live;
            if (scan || !Walk(map, scratch, scale, k, ef, filter, budget))
            {
                Scan(map, scratch, k, filter, bits);
            }
        }
        Span<ulong> top = scratch.Top.AsSpan(0, scratch.TopCount);
        Ranked.SortBestFirst(top);
        for (int i = 0; i < top.Length; i++)
        {
            nodes[i] = Ranked.Node(top[i]);
            scores[i] = Ranked.Score(top[i]);
        }
        return top.Length;
    }

    private static float Prepare(HnswMap map, Scratch scratch, ReadOnlySpan<float> query)
    {
        GraphView graph = map.Graph;
        if (scratch.BiasedQuery.Length == 0)
        {
            scratch.BiasedQuery.Grow(query.Length);
            scratch.Code.Grow(graph.Stride);
        }
        for (int i = 0; i < query.Length; i++)
        {
            scratch.BiasedQuery.Pointer[i] = query[i] * VectorKernels.HalfBias;
        }
        return VectorKernels.Quantize(query, scratch.Code.Pointer, graph.Stride);
    }

    private static bool Walk(HnswMap map, Scratch scratch, float scale, int k, int ef, in NodeFilter filter, long budget)
    {
        GraphView graph = map.Graph;
        sbyte* code = scratch.Code.Pointer;
        int start = Traversal.Descend(graph, code, scale, map.Header.Entry, map.Header.TopLayer, 0);
        // The entry point as well: every node can be reached from it, so that a search that keeps all of them finds all.
        if (!Traversal.SearchLayer(graph, scratch, code, scale, start, map.Header.Entry, ef, 0, filter, budget))
        {
            return false;
        }
        for (int i = 0; i < scratch.ResultCount; i++)
        {
            int node = Ranked.Node(scratch.Results[i]);
            float score = Exact(map, scratch, node);
            for (; node >= 0; node = graph.NextCopies[node])
            {
                // Copies score the same and come in ascending order: when one is not kept, none after it is.
                if (filter.Allows(node) && !Ranked.Keep(scratch.Top, ref scratch.TopCount, k, Ranked.Key(score, node)))
                {
                    break;
                }
            }
        }
        return true;
    }

    private static void Scan(HnswMap map, Scratch scratch, int k, in NodeFilter filter, ulong* allowed)
    {
        int count = map.Header.Count;
        for (int word = 0; word < count; word += 64)
        {
            ulong bits = allowed == null ? ulong.MaxValue : allowed[word >> 6];
            for (; bits != 0; bits &= bits - 1)
            {
                int node = word + BitOperations.TrailingZeroCount(bits);
                if (node >= count)
                {
                    break;
                }
                if (filter.Allows(node))
                {
                    Ranked.Keep(scratch.Top, ref scratch.TopCount, k, Ranked.Key(Exact(map, scratch, node), node));
                }
            }
        }
    }

    private static float Exact(HnswMap map, Scratch scratch, int node)
    {
        int dimensions = map.Header.Dimensions;
        return VectorKernels.Dot(scratch.BiasedQuery.Pointer, map.Vectors + ((long)node * dimensions), dimensions);
    }
}
