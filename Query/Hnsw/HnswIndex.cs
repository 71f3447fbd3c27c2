using System.Diagnostics.CodeAnalysis;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// A memory-mapped index of unit vectors, by greatest inner product: the cosine. Made by <see cref="HnswBuilder"/>, never
/// changed, safe for any number of threads. Disposing it while searches run is safe too: they end first.
/// </summary>
/// <remarks>
/// Vectors are known by their place, 0 .. Count - 1, and each place has a key, the caller's number; places and keys ascend
/// together. The algorithm is Malkov and Yashunin's (2018); deviations are listed in <see cref="HnswFormat"/>.
/// The file may be replaced (renamed over) while it is mapped, but not truncated or written in place.
/// </remarks>
public sealed unsafe class HnswIndex : IDisposable
{
    private readonly HnswMap map;
    private readonly ScratchPool scratches = new();

    private HnswIndex(HnswMap map)
    {
        this.map = map;
        HnswHeader h = map.Header;
        Options = new HnswOptions { M = h.M, EfConstruction = h.EfConstruction, EfSearch = h.EfSearch, Seed = h.Seed };
    }

    /// <summary>Vectors, removed ones included.</summary>
    public int Count => map.Header.Count;

    public int Dimensions => map.Header.Dimensions;

    public int RemovedCount => map.Header.Removed;

    /// <summary>Vectors that equal an earlier one and share its node.</summary>
    public int CopyCount => map.Header.Copies;

    /// <summary>The state of the library that the index was made from.</summary>
    public long Generation => map.Header.Generation;

    public long FileBytes => map.Header.FileLength;

    public HnswOptions Options { get; }

    /// <summary>Words of 64 bits that a filter needs.</summary>
    public int FilterLength => (Count + 63) / 64;

    /// <summary>
    /// Opens an index. Never throws for what is in the file or for its absence: the index is a cache, and the answer to any
    /// reason is to search exactly and build it again.
    /// </summary>
    /// <param name="path">The file that <see cref="HnswBuilder.Save"/> wrote.</param>
    /// <param name="generation">The library's generation, null for any.</param>
    /// <param name="fingerprint">The model's fingerprint, null for any.</param>
    /// <param name="index">The index, null when it cannot be used.</param>
    /// <param name="reason">
    /// Empty, or one sentence that begins with missing, unreadable, no index, wrong version, truncated, impossible sizes,
    /// wrong checksum, damaged graph, stale or other model.
    /// </param>
    /// <param name="verifyVectors">
    /// Whether checksums of codes and vectors are checked as well, which reads the whole file (some 8 GB/s when it is in memory).
    /// Without, damage there gives wrong scores but nothing worse; <see cref="Validate"/> finds it.
    /// </param>
    public static bool TryOpen(
        string path, long? generation, string? fingerprint, [NotNullWhen(true)] out HnswIndex? index, out string reason, bool verifyVectors = true)
    {
        string? problem = HnswMap.Open(path, generation, fingerprint, verifyVectors, out HnswMap? map);
        index = problem is null ? new HnswIndex(map!) : null;
        reason = problem ?? "";
        return problem is null;
    }

    /// <summary>The caller's number for a place.</summary>
    public long KeyOf(int place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place, Count);
        using HnswMap.Lease lease = map.Enter();
        return map.Keys[place];
    }

    /// <summary>The place of a key, or -1.</summary>
    public int PlaceOf(long key)
    {
        using HnswMap.Lease lease = map.Enter();
        return Math.Max(-1, new ReadOnlySpan<long>(map.Keys, Count).BinarySearch(key));
    }

    /// <summary>Sets the bits of all keys that the index holds, for a filter; keys that it does not hold are passed over.</summary>
    /// <returns>How many it holds.</returns>
    public int Allow(IEnumerable<long> keys, Span<ulong> allowed)
    {
        int held = 0;
        foreach (long key in keys)
        {
            int place = PlaceOf(key);
            if (place >= 0)
            {
                allowed[place >> 6] |= 1UL << (place & 63);
                held++;
            }
        }
        return held;
    }

    /// <summary>Finds the vectors most similar to a query.</summary>
    /// <param name="query">[dimensions]; of unit length if scores are to be cosines.</param>
    /// <param name="k">How many to find.</param>
    /// <param name="ef">Candidates kept while searching, 0 for the index's default. At least k are kept.</param>
    /// <param name="places">[k or more] receives places, best first; equal scores by place.</param>
    /// <param name="scores">[k or more] receives inner products of the query and the vectors in half precision.</param>
    /// <param name="allowed">Bit i says whether place i may be found; empty for all. <see cref="FilterLength"/> words or more.</param>
    /// <param name="mode">Graph or scan.</param>
    /// <returns>How many were found: k, or all that are allowed and not removed when these are fewer. In Graph mode perhaps fewer.</returns>
    /// <exception cref="ArgumentException">Another number of dimensions, numbers that are not finite, or spans too short.</exception>
    /// <exception cref="ObjectDisposedException">The index is closed.</exception>
    public int Search(
        ReadOnlySpan<float> query,
        int k,
        int ef,
        Span<int> places,
        Span<float> scores,
        ReadOnlySpan<ulong> allowed = default,
        HnswMode mode = HnswMode.Auto)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfNegative(ef);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ef, HnswOptions.MaxEf);
        QueryCheck.Query(query, Dimensions);
        QueryCheck.Results(Math.Min(k, Count), places, scores);
        QueryCheck.Filter(allowed, Count);
        using HnswMap.Lease lease = map.Enter();
        Scratch scratch = scratches.Rent();
        try
        {
            return HnswSearch.Run(map, scratch, query, k, ef == 0 ? Options.EfSearch : ef, allowed, mode, places, scores);
        }
        finally
        {
            scratches.Return(scratch);
        }
    }

    /// <summary>The share of the k exact best that a search finds, over many queries. A vector as similar as the k-th counts.</summary>
    /// <param name="queries">[queries, dimensions].</param>
    /// <param name="k">Depth.</param>
    /// <param name="ef">As in <see cref="Search"/>.</param>
    /// <param name="allowed">As in <see cref="Search"/>.</param>
    /// <param name="mode">Of the search under test.</param>
    public double Recall(ReadOnlySpan<float> queries, int k, int ef = 0, ReadOnlySpan<ulong> allowed = default, HnswMode mode = HnswMode.Auto)
    {
        int[] places = new int[k];
        float[] exact = new float[k];
        float[] found = new float[k];
        long hits = 0;
        long wanted = 0;
        for (int at = 0; at < queries.Length; at += Dimensions)
        {
            ReadOnlySpan<float> query = queries.Slice(at, Dimensions);
            int truth = Search(query, k, ef, places, exact, allowed, HnswMode.Exact);
            int count = Search(query, k, ef, places, found, allowed, mode);
            wanted += truth;
            for (int i = 0; i < count; i++)
            {
                hits += found[i] >= exact[truth - 1] ? 1 : 0;
            }
        }
        return wanted == 0 ? 1 : (double)hits / wanted;
    }

    /// <summary>Checks everything again that <see cref="TryOpen"/> does, with all checksums, and looks at the graph as a whole.</summary>
    public HnswReport Validate()
    {
        using HnswMap.Lease lease = map.Enter();
        return HnswValidator.Run(map);
    }

    public void Dispose()
    {
        map.Dispose();
        scratches.Clear();
    }

    internal void CopyTo(HnswStorage storage)
    {
        using HnswMap.Lease lease = map.Enter();
        storage.Load(map.Header, map.Graph, map.Keys, map.RemovedBits, map.Vectors);
    }
}
