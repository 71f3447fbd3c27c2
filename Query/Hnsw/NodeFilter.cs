using System.Numerics;
using System.Runtime.CompilerServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>Which nodes may be answers: those allowed by the caller and not removed.</summary>
internal readonly unsafe struct NodeFilter(ulong* allowed, ulong* removed, int* nextCopies)
{
    public bool IsOpen => allowed == null && removed == null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Allows(int node)
    {
        ulong bit = 1UL << (node & 63);
        return (allowed == null || (allowed[node >> 6] & bit) != 0) && (removed == null || (removed[node >> 6] & bit) == 0);
    }

    /// <summary>Whether the node or one of its copies may be an answer.</summary>
    public bool AllowsAny(int node)
    {
        if (IsOpen)
        {
            return true;
        }
        for (; node >= 0; node = nextCopies[node])
        {
            if (Allows(node))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Nodes that may be answers.</summary>
    public int Count(int nodes)
    {
        if (IsOpen)
        {
            return nodes;
        }
        int sum = 0;
        for (int word = 0; word < nodes; word += 64)
        {
            ulong bits = allowed == null ? ulong.MaxValue : allowed[word >> 6];
            bits &= removed == null ? ulong.MaxValue : ~removed[word >> 6];
            bits &= nodes - word >= 64 ? ulong.MaxValue : (1UL << (nodes - word)) - 1;
            sum += BitOperations.PopCount(bits);
        }
        return sum;
    }
}
