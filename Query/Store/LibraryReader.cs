using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;

namespace SoundSearch.Query.Store;

/// <summary>What searches ask the database, besides vectors and words.</summary>
internal static class LibraryReader
{
    /// <summary>The indexed folders: id and absolute path.</summary>
    public static Dictionary<long, string> Roots(SqliteConnection connection, string directory)
    {
        var roots = new Dictionary<long, string>();
        using SqliteCommand command = connection.Prepare("SELECT id, path FROM roots ORDER BY id");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            string path = reader.GetString(1);
            roots[reader.GetInt64(0)] = path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
                ? LibraryPaths.ResolveRoot(directory, path)
                : throw new LibraryException(LibraryPaths.Database(directory), $"folder {reader.GetInt64(0)} has a path that cannot be", LibraryDatabase.DamagedRemedy);
        }
        return roots;
    }

    /// <summary>The file as a hit without rank and place, or null when it is gone.</summary>
    public static SearchHit? Hit(SqliteConnection connection, IReadOnlyDictionary<long, string> roots, long file, double score)
    {
        using SqliteCommand command = connection.Prepare(
            "SELECT root, path, duration, sample_rate, channels, title, description, tags FROM files WHERE id = $p0 AND status = 0", file);
        using SqliteDataReader reader = command.ExecuteReader();
        if (!reader.Read() || !roots.TryGetValue(reader.GetInt64(0), out string? root))
        {
            return null;
        }
        double duration = reader.GetDouble(2);
        return new SearchHit
        {
            Rank = 0,
            Score = score,
            Path = LibraryPaths.Combine(root, reader.GetString(1)),
            Start = 0,
            End = duration,
            Duration = duration,
            SampleRate = reader.GetInt32(3),
            Channels = reader.GetInt32(4),
            Title = reader.Text(5),
            Description = reader.Text(6),
            Tags = reader.Text(7),
        };
    }

    /// <summary>Where a segment lies in its file, in seconds; null when it is gone.</summary>
    public static (double Start, double End)? Place(SqliteConnection connection, long segment)
    {
        using SqliteCommand command = connection.Prepare("SELECT start, \"end\" FROM segments WHERE id = $p0", segment);
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() ? (reader.GetDouble(0), reader.GetDouble(1)) : null;
    }

    /// <summary>The segment of a file that is nearest to a question, as float32, and the cosine; null when the file has none.</summary>
    public static (long Segment, float Cosine)? Nearest(SqliteConnection connection, long file, ReadOnlySpan<float> query)
    {
        using SqliteCommand command = connection.Prepare("SELECT id, embedding FROM segments WHERE file = $p0 ORDER BY id", file);
        using SqliteDataReader reader = command.ExecuteReader();
        (long Segment, float Cosine)? best = null;
        float[] vector = new float[query.Length];
        while (reader.Read())
        {
            ReadOnlySpan<Half> halves = reader.Halves(1);
            if (halves.Length != query.Length)
            {
                continue;
            }
            TensorPrimitives.ConvertToSingle(halves, vector);
            float cosine = TensorPrimitives.Dot(query, (ReadOnlySpan<float>)vector);
            if (float.IsFinite(cosine) && (best is null || cosine > best.Value.Cosine))
            {
                best = (reader.GetInt64(0), cosine);
            }
        }
        return best;
    }

    /// <summary>Id of an indexed file by its absolute path; null when it is not in the library.</summary>
    public static long? Find(SqliteConnection connection, string directory, string path)
    {
        foreach ((long id, string root) in Roots(connection, directory))
        {
            if (LibraryPaths.IsWithin(path, root))
            {
                string collation = LibraryPaths.Comparison == StringComparison.Ordinal ? "BINARY" : "NOCASE";
                long file = connection.ScalarInt64($"SELECT id FROM files WHERE root = $p0 AND path = $p1 COLLATE {collation} AND status = 0", id,
                    LibraryPaths.Relative(path, root));
                if (file != 0)
                {
                    return file;
                }
            }
        }
        return null;
    }

    /// <summary>Mean of a file's vectors, of unit length: embedding [dimensions]. False when there is none.</summary>
    public static bool Mean(SqliteConnection connection, long file, Span<float> embedding)
    {
        embedding.Clear();
        float[] vector = new float[embedding.Length];
        using SqliteCommand command = connection.Prepare("SELECT embedding FROM segments WHERE file = $p0 ORDER BY id", file);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            ReadOnlySpan<Half> halves = reader.Halves(0);
            if (halves.Length == vector.Length)
            {
                TensorPrimitives.ConvertToSingle(halves, vector);
                TensorPrimitives.Add(embedding, vector, embedding);
            }
        }
        float norm = TensorPrimitives.Norm((ReadOnlySpan<float>)embedding);
        if (!float.IsFinite(norm) || norm == 0)
        {
            return false;
        }
        TensorPrimitives.Divide(embedding, norm, embedding);
        return true;
    }

    /// <summary>Files that could not be read, and why.</summary>
    public static List<FileFailure> Failures(SqliteConnection connection, string directory)
    {
        Dictionary<long, string> roots = Roots(connection, directory);
        var failures = new List<FileFailure>();
        using SqliteCommand command = connection.Prepare("SELECT root, path, reason FROM files WHERE status <> 0 ORDER BY root, path");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            if (roots.TryGetValue(reader.GetInt64(0), out string? root))
            {
                failures.Add(new FileFailure(LibraryPaths.Combine(root, reader.GetString(1)), reader.Text(2) ?? "unknown"));
            }
        }
        return failures;
    }
}
