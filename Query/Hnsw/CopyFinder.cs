namespace SoundSearch.Query.Hnsw;

/// <summary>Finds vectors that equal an earlier one in every bit, and the last link of their chain.</summary>
internal sealed unsafe class CopyFinder
{
    private readonly Dictionary<ulong, int> firsts = []; // hash -> first node with these bits
    private readonly Dictionary<int, int> lasts = [];    // first node -> last copy, where there is one

    /// <summary>Notes a vector. Returns the node whose copy it is the next of, or -1 when there is none before it.</summary>
    public int Add(int node, short* vectors, int dimensions)
    {
        var row = new ReadOnlySpan<short>(vectors + ((long)node * dimensions), dimensions);
        ulong hash = 14695981039346656037; // FNV-1a (RFC 9923) over 16-bit units; equality is checked below
        foreach (short value in row)
        {
            hash = (hash ^ (ushort)value) * 1099511628211;
        }
        while (firsts.TryGetValue(hash, out int first))
        {
            if (row.SequenceEqual(new ReadOnlySpan<short>(vectors + ((long)first * dimensions), dimensions)))
            {
                int last = lasts.GetValueOrDefault(first, first);
                lasts[first] = node;
                return last;
            }
            hash++; // another vector with this hash: its successor's place
        }
        firsts[hash] = node;
        return -1;
    }
}
