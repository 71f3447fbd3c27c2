namespace SoundSearch.Query.Exact;

/// <summary>Collects rows for <see cref="VectorRows"/>. Goes on behind the last snapshot when files are only appended.</summary>
internal sealed class VectorRowsBuilder
{
    // A chunk has about a megabyte, so that growing copies no vectors.
    private const int ChunkNumbers = 1 << 19;
    private readonly bool withVectors;

    public VectorRowsBuilder(int dimensions, bool withVectors)
    {
        this.withVectors = withVectors;
        Dimensions = dimensions;
        ChunkRows = Math.Max(1, ChunkNumbers / dimensions);
        Chunks = withVectors ? [] : null;
    }

    public int Dimensions { get; }

    public int ChunkRows { get; }

    public long[] Segments { get; private set; } = [];

    public long[] Files { get; private set; } = [];

    public int[] FirstRows { get; private set; } = [];

    public Half[][]? Chunks { get; private set; }

    public int Count { get; private set; }

    public int FileCount { get; private set; }

    public int Damaged { get; private set; }

    public long LastSegment { get; private set; }

    /// <summary>Adds a row; files must come in rising order. False, and nothing changed, when they do not.</summary>
    public bool Add(long segment, long file, ReadOnlySpan<Half> vector)
    {
        if (FileCount == 0 || file != Files[FileCount - 1])
        {
            if (FileCount > 0 && file < Files[FileCount - 1])
            {
                return false;
            }
            if (FileCount == Files.Length)
            {
                Files = Grown(Files, FileCount);
                FirstRows = Grown(FirstRows, FileCount);
            }
            Files[FileCount] = file;
            FirstRows[FileCount++] = Count;
        }
        if (Count == Segments.Length)
        {
            Segments = Grown(Segments, Count);
        }
        Segments[Count] = segment;
        if (withVectors)
        {
            Store(vector);
        }
        Count++;
        LastSegment = Math.Max(LastSegment, segment);
        return true;
    }

    private static T[] Grown<T>(T[] array, int used)
    {
        // A new array: snapshots go on reading the old one.
        var grown = new T[Math.Max(256, array.Length * 2)];
        array.AsSpan(0, used).CopyTo(grown);
        return grown;
    }

    private void Store(ReadOnlySpan<Half> vector)
    {
        int chunk = Count / ChunkRows;
        if (chunk == Chunks!.Length)
        {
            Chunks = [.. Chunks, new Half[ChunkRows * Dimensions]];
        }
        Span<Half> row = Chunks[chunk].AsSpan(Count % ChunkRows * Dimensions, Dimensions);
        if (vector.Length == Dimensions && HalfDot.IsFinite(vector))
        {
            vector.CopyTo(row);
        }
        else
        {
            row.Clear();
            Damaged++;
        }
    }
}
