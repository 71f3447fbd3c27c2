namespace SoundSearch.Query.Exact;

/// <summary>
/// The vectors of a library at one generation, in the order of (file, segment): immutable, so that any number of searches
/// may read it while a newer one is made. Arrays are shared with newer snapshots, which only write behind <see cref="Count"/>.
/// </summary>
internal sealed class VectorRows
{
    private readonly long[] segments;
    private readonly long[] files;
    private readonly int[] firstRows;
    private readonly Half[][]? chunks;
    private readonly int chunkRows;

    internal VectorRows(VectorRowsBuilder builder, long generation, long epoch)
    {
        (segments, files, firstRows) = (builder.Segments, builder.Files, builder.FirstRows);
        (chunks, chunkRows, Dimensions) = (builder.Chunks, builder.ChunkRows, builder.Dimensions);
        (Count, FileCount, Damaged) = (builder.Count, builder.FileCount, builder.Damaged);
        (Generation, Epoch) = (generation, epoch);
    }

    public int Dimensions { get; }

    public long Generation { get; }

    public long Epoch { get; }

    /// <summary>Rows, one per segment.</summary>
    public int Count { get; }

    public int FileCount { get; }

    /// <summary>Vectors that had the wrong length or were not finite; they are zero here and never near anything.</summary>
    public int Damaged { get; }

    /// <summary>Whether the vectors themselves are in memory, not only their ids.</summary>
    public bool HasVectors => chunks is not null;

    public long SegmentAt(int row) => segments[row];

    public long FileAt(int ordinal) => files[ordinal];

    public int FirstRow(int ordinal) => firstRows[ordinal];

    public int EndRow(int ordinal) => ordinal + 1 < FileCount ? firstRows[ordinal + 1] : Count;

    public ReadOnlySpan<Half> Row(int row) => chunks![row / chunkRows].AsSpan(row % chunkRows * Dimensions, Dimensions);

    /// <summary>The place of a file id among the files, or a negative number.</summary>
    public int OrdinalOf(long file) => Array.BinarySearch(files, 0, FileCount, file);

    /// <summary>The file that a row belongs to.</summary>
    public int OrdinalOfRow(int row)
    {
        int found = Array.BinarySearch(firstRows, 0, FileCount, row);
        return found >= 0 ? found : ~found - 1;
    }
}
