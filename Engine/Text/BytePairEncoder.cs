using System.Collections.Concurrent;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// A piece of text to ids: UTF-8 bytes to symbols, merged. Short pieces are remembered. Safe for concurrent callers.
/// </summary>
internal sealed class BytePairEncoder
{
    private const int MaxCachedPieces = 1 << 16;
    private const int MaxCachedLength = 32;

    private readonly BytePairMerger merger;
    private readonly int[] within;
    private readonly int[] last;
    private readonly ConcurrentDictionary<string, int[]> cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cacheBySpan;
    private int cached;

    /// <param name="merger">With all merges.</param>
    /// <param name="within">[256], the id of each byte.</param>
    /// <param name="last">[256], the same for a piece's last byte.</param>
    public BytePairEncoder(BytePairMerger merger, int[] within, int[] last)
    {
        (this.merger, this.within, this.last) = (merger, within, last);
        cacheBySpan = cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The ids of a piece that is not empty. Lone surrogates become U+FFFD.</summary>
    public ReadOnlySpan<int> Encode(ReadOnlySpan<char> piece)
    {
        if (cacheBySpan.TryGetValue(piece, out int[]? known))
        {
            return known;
        }
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(piece)];
        Encoding.UTF8.GetBytes(piece, bytes);
        int[] symbols = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            symbols[i] = within[bytes[i]];
        }
        symbols[^1] = last[bytes[^1]];
        int count = merger.Merge(symbols);
        int[] ids = count == symbols.Length ? symbols : symbols[..count];
        if (piece.Length <= MaxCachedLength && Volatile.Read(ref cached) < MaxCachedPieces && cache.TryAdd(piece.ToString(), ids))
        {
            Interlocked.Increment(ref cached);
        }
        return ids;
    }
}
