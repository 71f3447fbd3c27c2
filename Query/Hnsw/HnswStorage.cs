namespace SoundSearch.Query.Hnsw;

/// <summary>The builder's vectors and links, in memory, growing. Linking itself is <see cref="HnswLinker"/>'s.</summary>
internal sealed unsafe class HnswStorage(int dimensions, HnswOptions options) : IDisposable
{
    private readonly CopyFinder copies = new();

    public int Dimensions { get; } = dimensions;

    public HnswOptions Options { get; } = options;

    public int Stride { get; } = VectorKernels.CodeStride(dimensions);

    public int Count { get; private set; }

    /// <summary>Nodes before this one are in the graph.</summary>
    public int Linked { get; set; }

    /// <summary>Nodes in the graph: those before <see cref="Linked"/> without the copies.</summary>
    public int InGraph { get; set; }

    public int Entry { get; set; } = -1;

    public int TopLayer { get; set; } = -1;

    public int Copies { get; private set; }

    public int RemovedCount { get; private set; }

    public NativeBuffer<ulong> Removed { get; } = new();

    public NativeBuffer<long> Keys { get; } = new();

    public NativeBuffer<byte> Levels { get; } = new();

    public NativeBuffer<int> NextCopies { get; } = new();

    public NativeBuffer<int> UpperStarts { get; } = new();

    public NativeBuffer<int> BaseLinks { get; } = new();

    public NativeBuffer<int> UpperLinks { get; } = new();

    public NativeBuffer<float> Scales { get; } = new();

    public NativeBuffer<sbyte> Codes { get; } = new();

    public NativeBuffer<short> Vectors { get; } = new();

    public GraphView View => new()
    {
        Count = Count,
        M = Options.M,
        Stride = Stride,
        Codes = Codes.Pointer,
        Scales = Scales.Pointer,
        Levels = Levels.Pointer,
        NextCopies = NextCopies.Pointer,
        UpperStarts = UpperStarts.Pointer,
        BaseLinks = BaseLinks.Pointer,
        UpperLinks = UpperLinks.Pointer,
    };

    public bool IsRemoved(int node) => (Removed.Pointer[node >> 6] >> (node & 63) & 1) != 0;

    /// <summary>Stores a vector, given as halves and as the same values in float32, without linking it.</summary>
    public int Add(long key, ReadOnlySpan<Half> vector, ReadOnlySpan<float> values)
    {
        int node = Count;
        short* row = Vectors.Grow(Dimensions);
        vector.CopyTo(new Span<Half>(row, Dimensions));
        *Scales.Grow(1) = VectorKernels.Quantize(values, Codes.Grow(Stride), Stride);
        *Keys.Grow(1) = key;
        *NextCopies.Grow(1) = -1;
        *UpperStarts.Grow(1) = -1;
        new Span<int>(BaseLinks.Grow(2 * Options.M), 2 * Options.M).Fill(-1);
        if (node % 64 == 0)
        {
            Removed.Grow(1);
        }
        Count++;

        int previous = copies.Add(node, Vectors.Pointer, Dimensions);
        byte level = GraphView.CopyLevel;
        if (previous >= 0)
        {
            NextCopies.Pointer[previous] = node;
            Copies++;
        }
        else
        {
            level = DrawLevel(node);
            if (level > 0)
            {
                UpperStarts.Pointer[node] = checked((int)(UpperLinks.Length / Options.M));
                new Span<int>(UpperLinks.Grow((long)level * Options.M), level * Options.M).Fill(-1);
            }
        }
        *Levels.Grow(1) = level;
        return node;
    }

    public bool Remove(long key)
    {
        int node = new ReadOnlySpan<long>(Keys.Pointer, Count).BinarySearch(key);
        if (node < 0 || IsRemoved(node))
        {
            return false;
        }
        Removed.Pointer[node >> 6] |= 1UL << (node & 63);
        RemovedCount++;
        return true;
    }

    /// <summary>Takes over a graph that was checked when it was opened.</summary>
    public void Load(in HnswHeader h, in GraphView graph, long* keys, ulong* removed, short* vectors)
    {
        (Count, Linked, Entry, TopLayer, Copies, RemovedCount) = (h.Count, h.Count, h.Entry, h.TopLayer, h.Copies, h.Removed);
        InGraph = Count - Copies;
        Copy(removed, Removed, (Count + 63) / 64);
        Copy(keys, Keys, Count);
        Copy(graph.Levels, Levels, Count);
        Copy(graph.NextCopies, NextCopies, Count);
        Copy(graph.UpperStarts, UpperStarts, Count);
        Copy(graph.BaseLinks, BaseLinks, (long)Count * 2 * h.M);
        Copy(graph.UpperLinks, UpperLinks, (long)h.UpperLists * h.M);
        Copy(graph.Scales, Scales, Count);
        Copy(graph.Codes, Codes, (long)Count * Stride);
        Copy(vectors, Vectors, (long)Count * Dimensions);
        for (int node = 0; node < Count; node++)
        {
            copies.Add(node, Vectors.Pointer, Dimensions);
        }
    }

    public void Dispose()
    {
        Removed.Dispose();
        Keys.Dispose();
        Levels.Dispose();
        NextCopies.Dispose();
        UpperStarts.Dispose();
        BaseLinks.Dispose();
        UpperLinks.Dispose();
        Scales.Dispose();
        Codes.Dispose();
        Vectors.Dispose();
    }

    /// <summary>A level with P(level >= l) = M^-l, from the seed and the node's place (SplitMix64, Steele et al. 2014).</summary>
    private byte DrawLevel(int node)
    {
        ulong z = Options.Seed + ((ulong)(node + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        byte level = 0;
        for (ulong limit = ulong.MaxValue / (ulong)Options.M; z < limit && level < GraphView.MaxLevel; limit /= (ulong)Options.M)
        {
            level++;
        }
        return level;
    }

    private static void Copy<T>(T* source, NativeBuffer<T> target, long length)
        where T : unmanaged
    {
        T* destination = target.Grow(length);
        Buffer.MemoryCopy(source, destination, length * sizeof(T), length * sizeof(T));
    }
}
