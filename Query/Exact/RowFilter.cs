using System.Numerics;

namespace SoundSearch.Query.Exact;

/// <summary>The rows that a search may find: one bit per row, all rows of a file alike.</summary>
internal sealed class RowFilter
{
    private readonly ulong[] bits;

    public RowFilter(VectorRows rows, IEnumerable<long> files)
    {
        bits = new ulong[(rows.Count + 63) / 64];
        foreach (long file in files)
        {
            // Files that a filter names but the snapshot does not have yet are found by the next search.
            int ordinal = rows.OrdinalOf(file);
            if (ordinal >= 0)
            {
                for (int row = rows.FirstRow(ordinal); row < rows.EndRow(ordinal); row++)
                {
                    bits[row >> 6] |= 1UL << (row & 63);
                }
            }
        }
        foreach (ulong word in bits)
        {
            Count += BitOperations.PopCount(word);
        }
    }

    /// <summary>Rows allowed.</summary>
    public int Count { get; }

    /// <summary>Bit row % 64 of word row / 64.</summary>
    public ReadOnlySpan<ulong> Bits => bits;

    public bool Allows(int row) => (bits[row >> 6] & (1UL << (row & 63))) != 0;
}
