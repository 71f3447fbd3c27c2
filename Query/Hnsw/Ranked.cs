using System.Runtime.CompilerServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// A score and a node in one sortable number: the greater, the better; equal scores put the lower node first. One comparison
/// orders heaps, and the order is total, so results never depend on threads or on the shape of a heap.
/// </summary>
internal static class Ranked
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Key(float score, int node)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f); // + 0 makes -0 an ordinary zero
        bits = (bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000;
        return ((ulong)bits << 32) | (uint)~node;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Node(ulong key) => (int)~(uint)key;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Score(ulong key)
    {
        uint bits = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((bits & 0x80000000) != 0 ? bits & 0x7FFFFFFF : ~bits);
    }

    /// <summary>Adds to a heap whose first element is the least. The array must have room.</summary>
    public static void PushLeast(ulong[] heap, ref int count, ulong key)
    {
        int i = count++;
        while (i > 0 && heap[(i - 1) / 2] > key)
        {
            heap[i] = heap[(i - 1) / 2];
            i = (i - 1) / 2;
        }
        heap[i] = key;
    }

    /// <summary>Puts a key in the place of the least one.</summary>
    public static void ReplaceLeast(ulong[] heap, int count, ulong key)
    {
        int i = 0;
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= count)
            {
                break;
            }
            if (child + 1 < count && heap[child + 1] < heap[child])
            {
                child++;
            }
            if (heap[child] >= key)
            {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = key;
    }

    /// <summary>Keeps the best of all keys offered, at most as many as limit. False when the key is not among them.</summary>
    public static bool Keep(ulong[] heap, ref int count, int limit, ulong key)
    {
        if (count < limit)
        {
            PushLeast(heap, ref count, key);
            return true;
        }
        if (limit == 0 || key <= heap[0])
        {
            return false;
        }
        ReplaceLeast(heap, count, key);
        return true;
    }

    /// <summary>Turns a heap, or any keys, into a list from best to worst.</summary>
    public static void SortBestFirst(Span<ulong> keys)
    {
        keys.Sort();
        keys.Reverse();
    }
}
