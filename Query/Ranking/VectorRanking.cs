using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;
using SoundSearch.Query.Exact;
using SoundSearch.Query.Hnsw;
using SoundSearch.Query.Store;

namespace SoundSearch.Query.Ranking;

/// <summary>Ranks files by their vectors: exactly, or with the neighbour graph where the library is large and the graph is fresh.</summary>
internal sealed class VectorRanking(string directory, LibraryMeta model, int exactBelow) : IDisposable
{
    // A long file may fill the first places with its segments, so more segments are asked for than files.
    private const int SegmentsPerFile = 2;

    private readonly VectorLoader loader = new(model.Dimensions);
    private readonly GraphCache cache = new(directory, model.Fingerprint, exactBelow);

    /// <param name="connection">In a read transaction.</param>
    /// <param name="question">Unit length.</param>
    /// <param name="filter">The files that may be found; null for all.</param>
    /// <param name="depth">Files wanted.</param>
    /// <param name="cancellation">Asked once in a while.</param>
    public Answer Rank(SqliteConnection connection, float[] question, FilterSql? filter, int depth, CancellationToken cancellation)
    {
        GraphCache.Entry entry = cache.Get(connection);
        if (entry.Index is { } index)
        {
            try
            {
                return new Answer(Graph(connection, index, question, filter, depth), [], Exact: false, index.Generation);
            }
            catch (ObjectDisposedException)
            {
                // Another search saw a newer generation and closed this graph.
            }
        }
        return Exactly(connection, entry, question, filter, depth, cancellation);
    }

    /// <summary>The graph's state, and what is wrong with it in words.</summary>
    public (CacheState State, string Reason) State(SqliteConnection connection)
    {
        GraphCache.Entry entry = cache.Get(connection);
        return (entry.State, entry.Reason);
    }

    /// <summary>Checks the whole graph, and measures its recall@10 with stored vectors as questions. Null without a fresh one.</summary>
    public (HnswReport Report, double Recall)? Validate(SqliteConnection connection, int questions)
    {
        if (cache.Get(connection).Index is not { } index)
        {
            return null;
        }
        var vectors = new List<float>();
        float[] vector = new float[model.Dimensions];
        long last = connection.ScalarInt64("SELECT max(id) FROM segments");
        var random = new Random(1); // the same questions each time
        for (int i = 0; i < questions; i++)
        {
            using SqliteCommand command = connection.Prepare("SELECT embedding FROM segments WHERE id >= $p0 ORDER BY id LIMIT 1", random.NextInt64(last + 1));
            using SqliteDataReader reader = command.ExecuteReader();
            ReadOnlySpan<Half> halves = reader.Read() ? reader.Halves(0) : default;
            if (halves.Length != model.Dimensions)
            {
                continue;
            }
            TensorPrimitives.ConvertToSingle(halves, vector);
            // A damaged vector is reported elsewhere and is no question.
            if (LibraryReport.IsUnitLength(TensorPrimitives.Norm<float>(vector)))
            {
                vectors.AddRange(vector);
            }
        }
        return (index.Validate(), index.Recall(vectors.ToArray(), 10));
    }

    public void Dispose() => cache.Dispose();

    private Answer Exactly(SqliteConnection connection, GraphCache.Entry entry, float[] question, FilterSql? filter, int depth, CancellationToken cancellation)
    {
        VectorRows rows = loader.Get(connection, needVectors: true);
        RowFilter? allowed = filter is null ? null : new RowFilter(rows, filter.Files(connection));
        var files = new List<Neighbour>();
        foreach ((float score, long row) in FileScan.Files(rows, question, allowed, depth, cancellation))
        {
            files.Add(new Neighbour(rows.FileAt(rows.OrdinalOfRow((int)row)), rows.SegmentAt((int)row), score));
        }
        var notes = new List<string>();
        if (entry.Reason.Length > 0)
        {
            notes.Add($"The neighbour graph is {entry.State.ToString().ToLowerInvariant()}, so all vectors were compared, which is slower: {entry.Reason}. The next 'soundsearch index' builds it.");
        }
        if (rows.Damaged > 0)
        {
            notes.Add($"{rows.Damaged} vectors are damaged and were left out: run 'soundsearch verify'.");
        }
        return new Answer(files, notes, Exact: true, rows.Generation);
    }

    private static List<Neighbour> Graph(SqliteConnection connection, HnswIndex index, float[] question, FilterSql? filter, int depth)
    {
        ulong[] allowed = [];
        int most = index.Count;
        if (filter is not null)
        {
            allowed = new ulong[index.FilterLength];
            most = index.Allow(filter.Segments(connection), allowed);
        }
        for (int k = (int)Math.Min(most, (long)SegmentsPerFile * depth); ; k = (int)Math.Min(most, 4L * k))
        {
            int[] places = new int[k];
            float[] scores = new float[k];
            int found = index.Search(question, k, 0, places, scores, allowed);
            List<Neighbour> files = Distinct(connection, index, places.AsSpan(0, found), scores, depth);
            if (files.Count >= depth || found < k || k == most)
            {
                return files;
            }
        }
    }

    // Best first, so the first segment of a file is its best.
    private static List<Neighbour> Distinct(SqliteConnection connection, HnswIndex index, ReadOnlySpan<int> places, float[] scores, int depth)
    {
        var files = new List<Neighbour>();
        var seen = new HashSet<long>();
        using SqliteCommand command = connection.Prepare("SELECT file FROM segments WHERE id = $p0", 0L);
        for (int i = 0; i < places.Length && files.Count < depth; i++)
        {
            long segment = index.KeyOf(places[i]);
            command.Parameters[0].Value = segment;
            if (command.ExecuteScalar() is long file && seen.Add(file))
            {
                files.Add(new Neighbour(file, segment, scores[i]));
            }
        }
        return files;
    }

    internal readonly record struct Answer(List<Neighbour> Files, IReadOnlyList<string> Notes, bool Exact, long Generation);
}
