namespace SoundSearch.Query.Hnsw;

/// <summary>
/// Algorithm 1 of the paper, in batches. Within a batch every step reads only what the batch before has left behind or writes
/// only what belongs to one node, so the graph is the same however many threads take part.
/// </summary>
internal sealed unsafe class HnswLinker(HnswStorage storage, int threads)
{
    private const int MaxBatch = 512;       // also the room for a batch index in a back link's key
    private const int GraphPerBatch = 16;   // a batch is at most this part of the graph
    private const int BatchBits = 10;
    private const int NodeBits = 31;

    private readonly ScratchPool scratches = new();
    private readonly HnswOptions options = storage.Options;
    private readonly int[] batch = new int[MaxBatch];
    private readonly List<ulong> backLinks = [];
    private readonly List<int> groups = [];
    private GraphView graph;
    private int batchCount;

    /// <summary>Links all nodes that are not yet in the graph.</summary>
    public void Run(IProgress<int>? progress, CancellationToken cancellation)
    {
        graph = storage.View;
        try
        {
            while (storage.Linked < storage.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                LinkBatch();
                progress?.Report(storage.Linked);
            }
        }
        finally
        {
            scratches.Clear();
        }
    }

    private void LinkBatch()
    {
        int limit = Math.Clamp(storage.InGraph / GraphPerBatch, 1, MaxBatch);
        int next = storage.Linked;
        for (batchCount = 0; batchCount < limit && next < storage.Count; next++)
        {
            if (graph.Levels[next] != GraphView.CopyLevel)
            {
                batch[batchCount++] = next;
            }
        }
        Each(batchCount, ChooseNeighbours);
        CollectBackLinks();
        Each(groups.Count - 1, LinkBack);
        for (int i = 0; i < batchCount; i++)
        {
            if (graph.Levels[batch[i]] > storage.TopLayer || storage.Entry < 0)
            {
                (storage.Entry, storage.TopLayer) = (batch[i], graph.Levels[batch[i]]);
            }
        }
        storage.Linked = next;
        storage.InGraph += batchCount;
    }

    /// <summary>Finds the neighbours of one node on each of its layers and writes its own lists, which nobody reads yet.</summary>
    private void ChooseNeighbours(int index, Work work)
    {
        int node = batch[index];
        int level = graph.Levels[node];
        sbyte* code = graph.Row(node);
        float scale = graph.Scales[node];
        int start = storage.Entry < 0 ? -1 : Traversal.Descend(graph, code, scale, storage.Entry, storage.TopLayer, level);
        for (int layer = level; layer >= 0; layer--)
        {
            int found = 0;
            work.Reserve(options.EfConstruction + MaxBatch);
            if (start >= 0 && layer <= storage.TopLayer)
            {
                Traversal.SearchLayer(graph, work.Scratch, code, scale, start, -1, options.EfConstruction, layer, default, long.MaxValue);
                found = work.Scratch.ResultCount;
                work.Scratch.Results.AsSpan(0, found).CopyTo(work.Candidates);
                start = Ranked.Node(work.Candidates[0]);
            }
            for (int i = 0; i < batchCount; i++)
            {
                if (i != index && graph.Levels[batch[i]] >= layer)
                {
                    work.Candidates[found++] = Ranked.Key(graph.Similarity(node, batch[i]), batch[i]);
                }
            }
            Span<ulong> candidates = work.Candidates.AsSpan(0, found);
            Ranked.SortBestFirst(candidates);
            candidates = candidates[..Math.Min(found, options.EfConstruction)];
            NeighbourSelection.Select(graph, candidates, new Span<int>(graph.Links(node, layer), options.M));
        }
    }

    /// <summary>Lists (layer, target, source) of every new link, sorted, and where each (layer, target) begins.</summary>
    private void CollectBackLinks()
    {
        backLinks.Clear();
        groups.Clear();
        for (int i = 0; i < batchCount; i++)
        {
            for (int layer = 0; layer <= graph.Levels[batch[i]]; layer++)
            {
                int* links = graph.Links(batch[i], layer);
                for (int j = 0; j < options.M && links[j] >= 0; j++)
                {
                    backLinks.Add(((((ulong)layer << NodeBits) | (uint)links[j]) << BatchBits) | (uint)i);
                }
            }
        }
        backLinks.Sort();
        for (int i = 0; i < backLinks.Count; i++)
        {
            if (i == 0 || backLinks[i] >> BatchBits != backLinks[i - 1] >> BatchBits)
            {
                groups.Add(i);
            }
        }
        groups.Add(backLinks.Count);
    }

    /// <summary>Adds the links from one target back to all its sources, choosing again when its list is full.</summary>
    private void LinkBack(int group, Work work)
    {
        ulong place = backLinks[groups[group]] >> BatchBits;
        int target = (int)(place & int.MaxValue);
        int layer = (int)(place >> NodeBits);
        int max = graph.MaxLinks(layer);
        var links = new Span<int>(graph.Links(target, layer), max);
        int held = links.IndexOf(-1);
        held = held < 0 ? max : held;

        work.Reserve(max + MaxBatch);
        int total = 0;
        for (; total < held; total++)
        {
            work.Candidates[total] = (uint)links[total];
        }
        for (int i = groups[group]; i < groups[group + 1]; i++)
        {
            int source = batch[(int)(backLinks[i] & ((1 << BatchBits) - 1))];
            if (!links[..held].Contains(source)) // two nodes of one batch may have chosen each other
            {
                work.Candidates[total++] = (uint)source;
            }
        }
        if (total <= max)
        {
            for (int i = held; i < total; i++)
            {
                links[i] = (int)work.Candidates[i];
            }
            return;
        }
        Span<ulong> candidates = work.Candidates.AsSpan(0, total);
        foreach (ref ulong candidate in candidates)
        {
            candidate = Ranked.Key(graph.Similarity(target, (int)candidate), (int)candidate);
        }
        Ranked.SortBestFirst(candidates);
        NeighbourSelection.Select(graph, candidates, links);
    }

    private void Each(int count, Action<int, Work> body)
    {
        if (threads == 1 || count < 8)
        {
            var work = new Work(scratches);
            for (int i = 0; i < count; i++)
            {
                body(i, work);
            }
            work.Return();
            return;
        }
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => new Work(scratches),
            (i, _, work) =>
            {
                body(i, work);
                return work;
            },
            work => work.Return());
    }

    /// <summary>What one thread needs.</summary>
    private sealed class Work(ScratchPool pool)
    {
        public Scratch Scratch { get; } = pool.Rent();

        public ulong[] Candidates { get; private set; } = [];

        public void Reserve(int candidates)
        {
            if (Candidates.Length < candidates)
            {
                Candidates = new ulong[candidates];
            }
        }

        public void Return() => pool.Return(Scratch);
    }
}
