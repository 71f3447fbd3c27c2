using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;
using SoundSearch.Query.Exact;
using SoundSearch.Query.Ranking;
using SoundSearch.Query.Store;

namespace SoundSearch.Query;

/// <summary>What a library holds, and whether it is whole.</summary>
internal static class LibraryReport
{
    // Half precision rounds each number by up to 2^-11 of it, so lengths differ from 1 by less than that.
    private const float LengthTolerance = 2e-3f;
    private const int MaxProblemsOfAKind = 20;
    private const int RecallQuestions = 100;

    /// <summary>Whether a stored vector's length is what rounding leaves of 1; false for NaN.</summary>
    public static bool IsUnitLength(float norm) => MathF.Abs(norm - 1) <= LengthTolerance;

    public static LibraryInfo Info(SqliteConnection connection, string directory, LibraryMeta model, CacheState cache)
    {
        long bytes = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles())
        {
            bytes += file.Length;
        }
        using SqliteCommand command = connection.Prepare("SELECT count(*), coalesce(sum(duration), 0.0) FROM files WHERE status = 0");
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read();
        return new LibraryInfo
        {
            Directory = directory,
            SchemaVersion = (int)connection.ScalarInt64("PRAGMA user_version"),
            Model = model.Model,
            Fingerprint = model.Fingerprint,
            Dimensions = model.Dimensions,
            WindowSeconds = model.WindowSeconds,
            Folders = [.. LibraryReader.Roots(connection, directory).Values],
            Files = reader.GetInt64(0),
            Failed = LibraryReader.Failures(connection, directory),
            Segments = connection.ScalarInt64("SELECT count(*) FROM segments"),
            AudioSeconds = reader.GetDouble(1),
            Generation = LibrarySchema.ReadCounter(connection, "generation"),
            Bytes = bytes,
            Cache = cache,
        };
    }

    public static VerifyReport Verify(SqliteConnection connection, string directory, LibraryMeta model, VectorRanking vectors, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var problems = new List<string>();
        string path = LibraryPaths.Database(directory);
        Rows(connection, "PRAGMA integrity_check(20)", row => row.GetString(0) is var text && text != "ok" ? $"{path}: {text}. {LibraryDatabase.DamagedRemedy}" : null, problems);
        Rows(connection, "PRAGMA foreign_key_check", row => $"{path}: a row of {row.GetString(0)} refers to nothing in {row.GetString(2)}. {LibraryDatabase.DamagedRemedy}", problems);
        string[] counts =
        [
            "SELECT count(*) FROM files WHERE status = 0 AND NOT EXISTS (SELECT 1 FROM segments WHERE file = files.id)", "files can be found but have no vectors",
            "SELECT count(*) FROM files WHERE status <> 0 AND EXISTS (SELECT 1 FROM segments WHERE file = files.id)", "files could not be read but have vectors",
            "SELECT count(*) FROM files WHERE status = 0 AND id NOT IN (SELECT rowid FROM words)", "files can be found but have no words",
            "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT id FROM files WHERE status = 0)", "rows of words belong to no file that can be found",
            "SELECT count(*) FROM files WHERE status = 0 AND hash IS NULL", "files can be found but have no content hash",
            "SELECT count(*) FROM segments JOIN files f ON f.id = file WHERE NOT (start >= 0 AND (\"end\" > start OR f.duration = 0) AND \"end\" <= f.duration + 0.001)", "segments do not lie inside their file",
        ];
        for (int i = 0; i < counts.Length; i += 2)
        {
            if (connection.ScalarInt64(counts[i]) is > 0 and var found)
            {
                problems.Add($"{path}: {found} {counts[i + 1]}. {LibraryDatabase.DamagedRemedy}");
            }
        }
        (long segments, long good) = Vectors(connection, path, model.Dimensions, problems, cancellation);
        (CacheState cache, string cacheProblem) = vectors.State(connection);
        double? recall = null;
        if (vectors.Validate(connection, RecallQuestions) is var (report, measured))
        {
            recall = measured;
            if (!report.IsSound)
            {
                (cache, cacheProblem) = (CacheState.Damaged, string.Join("; ", report.Problems.Take(MaxProblemsOfAKind)));
            }
        }
        return new VerifyReport
        {
            Problems = problems,
            Files = connection.ScalarInt64("SELECT count(*) FROM files WHERE status = 0"),
            Failed = connection.ScalarInt64("SELECT count(*) FROM files WHERE status <> 0"),
            Segments = segments,
            GoodVectors = good,
            Cache = cache,
            CacheProblem = cacheProblem,
            Recall = recall,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }

    private static (long Segments, long Good) Vectors(SqliteConnection connection, string path, int dimensions, List<string> problems, CancellationToken cancellation)
    {
        (long segments, long good) = (0, 0);
        float[] vector = new float[dimensions];
        using SqliteCommand command = connection.Prepare("SELECT id, file, embedding FROM segments");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            if ((segments++ & 1023) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            ReadOnlySpan<Half> halves = reader.Halves(2);
            string? problem = null;
            if (halves.Length != dimensions)
            {
                problem = $"{reader.Bytes(2).Length} bytes, expected {2 * dimensions}";
            }
            else if (!HalfDot.IsFinite(halves))
            {
                problem = "a number that is not finite";
            }
            else
            {
                TensorPrimitives.ConvertToSingle(halves, vector);
                float norm = TensorPrimitives.Norm((ReadOnlySpan<float>)vector);
                problem = IsUnitLength(norm) ? null : $"a length of {norm}, expected 1";
            }
            if (problem is null)
            {
                good++;
            }
            else if (segments - good <= MaxProblemsOfAKind)
            {
                problems.Add($"{path}: the vector of segment {reader.GetInt64(0)} (file {reader.GetInt64(1)}) has {problem}. {LibraryDatabase.DamagedRemedy}");
            }
        }
        return (segments, good);
    }

    private static void Rows(SqliteConnection connection, string sql, Func<SqliteDataReader, string?> describe, List<string> problems)
    {
        using SqliteCommand command = connection.Prepare(sql);
        using SqliteDataReader reader = command.ExecuteReader();
        for (int i = 0; i < MaxProblemsOfAKind && reader.Read(); i++)
        {
            if (describe(reader) is { } problem)
            {
                problems.Add(problem);
            }
        }
    }
}
