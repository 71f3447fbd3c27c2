using System.Buffers;

namespace SoundSearch.Query.Exact;

/// <summary>Compares a question with every vector that the filter allows: the truth that a neighbour graph is measured by.</summary>
internal static class FileScan
{
    /// <summary>The k files whose best segment is nearest: (cosine, row of that segment), best first. Nothing is allocated per vector.</summary>
    /// <param name="rows">With vectors.</param>
    /// <param name="query">Unit length.</param>
    /// <param name="filter">null to allow all.</param>
    /// <param name="k">At least 1.</param>
    /// <param name="cancellation">Asked once in a while.</param>
    public static (float Score, long Row)[] Files(VectorRows rows, ReadOnlySpan<float> query, RowFilter? filter, int k, CancellationToken cancellation = default)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(rows.Dimensions);
        try
        {
            Span<float> scaled = rented.AsSpan(0, rows.Dimensions);
            HalfDot.Prepare(query, scaled);
            var top = new TopFiles(Math.Min(k, rows.FileCount));
            for (int file = 0; file < rows.FileCount; file++)
            {
                if ((file & 4095) == 0)
                {
                    cancellation.ThrowIfCancellationRequested();
                }
                int first = rows.FirstRow(file);
                if (filter is not null && !filter.Allows(first))
                {
                    continue;
                }
                (float best, int at) = (float.NegativeInfinity, first);
                for (int row = first, end = rows.EndRow(file); row < end; row++)
                {
                    float score = HalfDot.Dot(scaled, rows.Row(row));
                    if (score > best)
                    {
                        (best, at) = (score, row);
                    }
                }
                top.Add(best, at);
            }
            return top.Take();
        }
        finally
        {
            ArrayPool<float>.Shared.Return(rented);
        }
    }
}
