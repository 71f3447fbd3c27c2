using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;
using SoundSearch.Query.Exact;
using SoundSearch.Query.Hnsw;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>
/// Brings the neighbour graph up to the database: continues the old file where it can, builds a new one where it is missing,
/// damaged, of other options or mostly removed. Keys are segment ids.
/// </summary>
internal static class GraphBuilder
{
    // Removed nodes stay in the graph as stepping stones; beyond this share a new graph is smaller and faster.
    private const double MaxRemoved = 0.2;

    /// <summary>Builds when the library is large enough and the graph is not fresh. True when it wrote a file.</summary>
    /// <exception cref="IOException">The file cannot be written; an old one is unharmed, and searches are exact.</exception>
    public static bool Update(SqliteConnection connection, string directory, LibraryMeta meta, HnswOptions graph, int graphFrom, int threads, CancellationToken cancellation)
    {
        string path = LibraryPaths.Cache(directory);
        long generation = LibrarySchema.ReadCounter(connection, "generation");
        if (connection.ScalarInt64("SELECT count(*) FROM segments") < graphFrom)
        {
            return false;
        }
        HnswBuilder? builder = null;
        try
        {
            if (HnswIndex.TryOpen(path, null, meta.Fingerprint, out HnswIndex? old, out _))
            {
                using (old)
                {
                    if (old.Generation == generation)
                    {
                        return false;
                    }
                    bool same = old.Options.M == graph.M && old.Options.EfConstruction == graph.EfConstruction && old.Options.Seed == graph.Seed;
                    builder = same ? HnswBuilder.Append(old, efSearch: graph.EfSearch) : null;
                    if (builder is not null && !RemoveGone(connection, builder, old))
                    {
                        builder.Dispose();
                        builder = null;
                    }
                }
            }
            builder ??= new HnswBuilder(meta.Dimensions, graph);
            Add(connection, builder, meta.Dimensions, cancellation);
            builder.Build(threads, cancellation: cancellation);
            builder.Save(path, generation, meta.Fingerprint);
            return true;
        }
        finally
        {
            builder?.Dispose();
        }
    }

    private static bool RemoveGone(SqliteConnection connection, HnswBuilder builder, HnswIndex old)
    {
        // Both ascend: whatever the database skips is gone.
        int place = 0;
        using SqliteCommand command = connection.Prepare("SELECT id FROM segments ORDER BY id");
        using SqliteDataReader reader = command.ExecuteReader();
        while (place < old.Count && reader.Read())
        {
            long id = reader.GetInt64(0);
            for (; place < old.Count && old.KeyOf(place) < id; place++)
            {
                builder.Remove(old.KeyOf(place));
            }
            place += place < old.Count && old.KeyOf(place) == id ? 1 : 0;
        }
        for (; place < old.Count; place++)
        {
            builder.Remove(old.KeyOf(place));
        }
        return builder.RemovedCount <= MaxRemoved * builder.Count;
    }

    private static void Add(SqliteConnection connection, HnswBuilder builder, int dimensions, CancellationToken cancellation)
    {
        using SqliteCommand command = connection.Prepare("SELECT id, embedding FROM segments WHERE id > $p0 ORDER BY id", builder.LastKey ?? 0);
        using SqliteDataReader reader = command.ExecuteReader();
        float[] vector = new float[dimensions];
        for (int i = 0; reader.Read(); i++)
        {
            if ((i & 1023) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            ReadOnlySpan<Half> halves = reader.Halves(1);
            if (halves.Length != dimensions || !HalfDot.IsFinite(halves))
            {
                continue; // damaged: 'verify' names it
            }
            TensorPrimitives.ConvertToSingle(halves, vector);
            if (MathF.Abs(TensorPrimitives.Norm<float>(vector) - 1) < 5e-3f)
            {
                builder.Add(reader.GetInt64(0), halves);
            }
        }
    }
}
