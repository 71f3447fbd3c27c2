namespace SoundSearch.Query.Hnsw;

/// <summary>
/// The k most similar of the vectors offered one by one, without an index: for a library whose index is missing, and for
/// vectors newer than it. Scores equal those of <see cref="HnswIndex"/> bit for bit. One thread at a time.
/// </summary>
public sealed unsafe class ExactSearch : IDisposable
{
    private readonly NativeBuffer<float> biasedQuery = new();
    private readonly ulong[] top;
    private readonly int dimensions;
    private int count;

    /// <param name="query">[dimensions]; of unit length if scores are to be cosines.</param>
    /// <param name="k">How many to keep.</param>
    public ExactSearch(ReadOnlySpan<float> query, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        QueryCheck.Query(query, query.Length);
        dimensions = query.Length;
        top = new ulong[k];
        biasedQuery.Grow(dimensions);
        for (int i = 0; i < dimensions; i++)
        {
            biasedQuery.Pointer[i] = query[i] * VectorKernels.HalfBias;
        }
    }

    /// <summary>The k most similar of rows in memory, with the meaning of <see cref="HnswIndex.Search"/>.</summary>
    /// <param name="vectors">[rows, dimensions].</param>
    /// <param name="query">[dimensions].</param>
    /// <param name="k">How many to find.</param>
    /// <param name="places">[k or more] receives row numbers, best first.</param>
    /// <param name="scores">[k or more] receives inner products.</param>
    /// <param name="allowed">Bit i says whether row i may be found; empty for all.</param>
    public static int Search(
        ReadOnlySpan<Half> vectors, ReadOnlySpan<float> query, int k, Span<int> places, Span<float> scores, ReadOnlySpan<ulong> allowed = default)
    {
        int rows = query.IsEmpty ? 0 : vectors.Length / query.Length;
        if (rows * (long)query.Length != vectors.Length)
        {
            throw new ArgumentException($"{vectors.Length} values are no rows of {query.Length}.", nameof(vectors));
        }
        QueryCheck.Filter(allowed, rows);
        using var search = new ExactSearch(query, Math.Min(k, rows));
        for (int row = 0; row < rows; row++)
        {
            if (allowed.IsEmpty || (allowed[row >> 6] >> (row & 63) & 1) != 0)
            {
                search.Offer(row, vectors.Slice(row * query.Length, query.Length));
            }
        }
        return search.Take(places, scores);
    }

    /// <summary>Considers one vector; each place only once.</summary>
    public void Offer(int place, ReadOnlySpan<Half> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        if (vector.Length != dimensions)
        {
            throw new ArgumentException($"The vector has {vector.Length} dimensions, the query {dimensions}.", nameof(vector));
        }
        ObjectDisposedException.ThrowIf(dimensions > 0 && biasedQuery.Pointer == null, this);
        fixed (Half* p = vector)
        {
            Ranked.Keep(top, ref count, top.Length, Ranked.Key(VectorKernels.Dot(biasedQuery.Pointer, (short*)p, dimensions), place));
        }
    }

    /// <summary>Writes the best, from best to worst, equal scores by place, and begins anew.</summary>
    public int Take(Span<int> places, Span<float> scores)
    {
        QueryCheck.Results(count, places, scores);
        Span<ulong> kept = top.AsSpan(0, count);
        Ranked.SortBestFirst(kept);
        for (int i = 0; i < kept.Length; i++)
        {
            places[i] = Ranked.Node(kept[i]);
            scores[i] = Ranked.Score(kept[i]);
        }
        count = 0;
        return kept.Length;
    }

    public void Dispose() => biasedQuery.Dispose();
}
