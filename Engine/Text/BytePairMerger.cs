namespace SoundSearch.Engine.Text;

/// <summary>
/// Merges a word's symbols by rank, as CLIP's bpe(): while any neighbours have a merge, all occurrences of the pair of lowest rank
/// are merged from left to right. Hugging Face's tokenizers merge only the leftmost of them and then look again; that differs
/// where two merges make the same symbol, since the next pair's rank may then be lower.
/// </summary>
internal sealed class BytePairMerger
{
    // Above this, rounds of O(length) would make a hostile text quadratic.
    private const int LongWord = 96;

    // left << 32 | right -> rank << 32 | merged
    private readonly Dictionary<long, long> merges;

    private readonly bool single;

    /// <param name="capacity">Expected merges.</param>
    /// <param name="single">One occurrence at a time, as Hugging Face's tokenizers do.</param>
    public BytePairMerger(int capacity, bool single = false) => (merges, this.single) = (new Dictionary<long, long>(capacity), single);

    public void Add(int left, int right, int rank, int merged) => merges[Key(left, right)] = Key(rank, merged);

    /// <summary>The merge of two neighbours, if there is one.</summary>
    public bool TryGet(int left, int right, out int rank, out int merged)
    {
        bool found = merges.TryGetValue(Key(left, right), out long merge);
        (rank, merged) = ((int)(merge >> 32), (int)merge);
        return found;
    }

    /// <summary>Merges in place and returns the number of symbols left.</summary>
    public int Merge(Span<int> symbols) => symbols.Length > LongWord ? MergeLong(symbols) : MergeShort(symbols);

    /// <summary>One pass over the word per merge: fastest for words of usual length.</summary>
    internal int MergeShort(Span<int> symbols)
    {
        int count = symbols.Length;
        while (count > 1)
        {
            long best = long.MaxValue;
            long pair = -1;
            for (int i = 1; i < count; i++)
            {
                long key = Key(symbols[i - 1], symbols[i]);
                if (key != pair && merges.TryGetValue(key, out long merge) && merge < best)
                {
                    (best, pair) = (merge, key);
                }
            }
            if (best == long.MaxValue)
            {
                break;
            }
            int write = 0;
            for (int read = 0; read < count; read++)
            {
                if (read + 1 < count && (!single || write == read) && Key(symbols[read], symbols[read + 1]) == pair)
                {
                    symbols[write++] = (int)best;
                    read++;
                }
                else
                {
                    symbols[write++] = symbols[read];
                }
            }
            count = write;
        }
        return count;
    }

    /// <summary>A queue of pairs over a linked list, O(n log n).</summary>
    internal int MergeLong(Span<int> symbols)
    {
        int count = symbols.Length;
        int[] next = new int[count];
        int[] previous = new int[count];
        var queue = new PriorityQueue<(int Position, long Pair, int Merged), (int Rank, int Position)>();
        List<int> changed = [];
        for (int i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            changed.Add(i);
        }
        while (true)
        {
            foreach (int i in changed)
            {
                if (i >= 0 && symbols[i] >= 0 && next[i] < count
                    && merges.TryGetValue(Key(symbols[i], symbols[next[i]]), out long merge))
                {
                    queue.Enqueue((i, Key(symbols[i], symbols[next[i]]), (int)merge), ((int)(merge >> 32), i));
                }
            }
            changed.Clear();
            if (!queue.TryPeek(out _, out (int Rank, int Position) first))
            {
                break;
            }

            // One round: every occurrence of this pair, left to right. What it makes possible waits for the next round.
            while (queue.TryPeek(out (int Position, long Pair, int Merged) item, out (int Rank, int Position) at) && at.Rank == first.Rank)
            {
                queue.Dequeue();
                int i = item.Position;
                int j = next[i];
                if (symbols[i] < 0 || j >= count || Key(symbols[i], symbols[j]) != item.Pair)
                {
                    continue;
                }
                symbols[i] = item.Merged;
                symbols[j] = -1;
                next[i] = next[j];
                if (next[j] < count)
                {
                    previous[next[j]] = i;
                }
                changed.Add(previous[i]);
                changed.Add(i);
                if (single)
                {
                    break;
                }
            }
        }
        int write = 0;
        for (int i = 0; i < count; i = next[i])
        {
            symbols[write++] = symbols[i];
        }
        return write;
    }

    private static long Key(int high, int low) => ((long)high << 32) | (uint)low;
}
