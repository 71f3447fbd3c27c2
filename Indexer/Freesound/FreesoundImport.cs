using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.Data.Sqlite;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Query;
using SoundSearch.Query.Hnsw;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// A dump of Freesound with vectors made elsewhere (LAION-CLAP's) into a library, so that it can be searched without its
/// sounds. Entries have no file: their path is the sound's address, and indexing folders leaves them alone. By id: a sound
/// that is there as it was is skipped, another takes its place. Committed in batches: what was stopped is simply run again.
/// </summary>
public static class FreesoundImport
{
    private const int CommitSounds = 2000;
    private const int MaxProblems = 1000;

    // Nearer to zero than this, rounding would decide about the direction.
    private const float SmallestNorm = 1e-6f;

    /// <summary>The reader for a file, by its name's ending: .csv, .jsonl, .ndjson, .json or .npy.</summary>
    /// <param name="path">The dump.</param>
    /// <param name="idsPath">Ids of a .npy file's rows; null: beside it.</param>
    /// <exception cref="FileFormatException">Another ending, or no such file.</exception>
    public static ISoundRows Open(string path, string? idsPath = null) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".csv" => new CsvSoundRows(path),
        ".jsonl" or ".ndjson" => new JsonSoundRows(path, lines: true),
        ".json" => new JsonSoundRows(path, lines: false),
        ".npy" => new NpySoundRows(path, idsPath),
        string other => throw new FileFormatException(path, 0, "a file named .csv, .jsonl, .ndjson, .json or .npy", $"'{other}'", "Convert the dump to one of them."),
    };

    /// <summary>The vectors' model, as a library remembers it.</summary>
    public static LibraryMeta Meta(SoundModel model) => new(
        model.Description.Name, model.Fingerprint, model.Description.Embedding, model.Description.Window?.Seconds ?? 0, model.Description.Window?.Overlap ?? 0);

    /// <summary>Imports, and returns when done or cancelled.</summary>
    /// <param name="rows">The dump.</param>
    /// <param name="libraryDirectory">Made when it does not exist.</param>
    /// <param name="model">The model that made the vectors, whose text tower answers questions.</param>
    /// <param name="progress">Told several times a second, on the caller's thread.</param>
    /// <param name="cancellation">Stops soon; what is finished is kept, and the report says so.</param>
    /// <exception cref="LibraryException">The library is damaged, locked, full or made with another model.</exception>
    /// <exception cref="FileFormatException">The dump cannot be read on.</exception>
    public static ImportReport Run(
        ISoundRows rows, string libraryDirectory, LibraryMeta model, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        string directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(libraryDirectory));
        Directory.CreateDirectory(directory);
        using LibraryLock held = LibraryLock.Take(directory);
        try
        {
            using var writer = new LibraryWriter(directory, LibraryDatabase.OpenWrite(directory, model));
            return Run(rows, directory, writer, model, progress, cancellation);
        }
        catch (SqliteException e)
        {
            throw LibraryDatabase.Translate(e, LibraryPaths.Database(directory));
        }
    }

    private static ImportReport Run(
        ISoundRows rows, string directory, LibraryWriter writer, LibraryMeta model, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var shown = Stopwatch.StartNew();
        long root = writer.OpenSite(FreesoundSound.Site);
        Dictionary<string, ContentHash> known = writer.HashesOf(root);
        var problems = new List<ImportProblem>();
        long read = 0, imported = 0, unchanged = 0, bad = 0;
        int uncommitted = 0;
        try
        {
            foreach (SoundRow row in rows.Rows())
            {
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }
                read++;
                if (Prepare(row, model.Dimensions, out Half[]? vector) is { } problem)
                {
                    bad++;
                    if (problems.Count < MaxProblems)
                    {
                        problems.Add(new ImportProblem(row.Number, row.Sound?.Id, problem));
                    }
                    continue;
                }
                string path = FreesoundSound.PathOf(row.Sound!.Id);
                ContentHash hash = SoundHash.Of(row.Sound, vector!);
                if (known.TryGetValue(path, out ContentHash before) && before == hash)
                {
                    unchanged++;
                    continue;
                }
                writer.WriteSound(root, path, row.Sound, hash, vector!);
                known[path] = hash;
                imported++;
                if (++uncommitted == CommitSounds)
                {
                    writer.Commit();
                    uncommitted = 0;
                }
                if (shown.ElapsedMilliseconds >= 200)
                {
                    progress?.Report(new ImportProgress(read, imported, rows.Position, rows.Length));
                    shown.Restart();
                }
            }
        }
        finally
        {
            writer.Commit(); // also what came before a row that ends the dump
        }
        progress?.Report(new ImportProgress(read, imported, rows.Position, rows.Length));
        bool cancelled = cancellation.IsCancellationRequested;
        string? graphProblem = cancelled ? null : UpdateGraph(writer, directory, model, cancellation);
        return new ImportReport
        {
            Rows = read,
            Imported = imported,
            Unchanged = unchanged,
            Bad = bad,
            Problems = problems,
            Seconds = clock.Elapsed.TotalSeconds,
            Cancelled = cancelled,
            GraphProblem = graphProblem,
        };
    }

    /// <summary>The vector of unit length, or what is wrong with the row.</summary>
    private static string? Prepare(SoundRow row, int dimensions, out Half[]? vector)
    {
        vector = null;
        if (row.Sound?.Vector is not { } values)
        {
            return row.Problem ?? "no vector under a known name";
        }
        if (values.Length != dimensions)
        {
            return $"a vector of {values.Length} numbers, the model's have {dimensions}";
        }
        float norm = (float)Math.Sqrt(values.Sum(v => (double)v * v));
        if (!float.IsFinite(norm))
        {
            return "a vector with something that is no finite number";
        }
        if (norm < SmallestNorm)
        {
            return "a vector of zeros";
        }
        float[] unit = new float[dimensions];
        TensorPrimitives.Divide(values, norm, unit);
        vector = new Half[dimensions];
        TensorPrimitives.ConvertToHalf(unit, vector);
        return null;
    }

    private static string? UpdateGraph(LibraryWriter writer, string directory, LibraryMeta model, CancellationToken cancellation)
    {
        try
        {
            GraphBuilder.Update(writer.Connection, directory, model, new HnswOptions(), SoundLibrary.ExactBelow, Environment.ProcessorCount, cancellation);
            return null;
        }
        catch (OperationCanceledException)
        {
            return "stopped; the next run builds it";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{LibraryPaths.Cache(directory)}: {e.Message}";
        }
    }
}
