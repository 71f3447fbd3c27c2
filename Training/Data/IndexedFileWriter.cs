using System.Text.Json;

namespace SoundSearch.Training.Data;

/// <summary>
/// Writes an <see cref="IndexedFile{TEntry}"/> over hours: data go to PATH.part, and a journal PATH.journal has one JSON line per source,
/// with what came of it. What was cancelled or killed goes on where the journal ends; data behind it were never confirmed.
/// </summary>
/// <typeparam name="TEntry">What the index holds of each item.</typeparam>
internal sealed class IndexedFileWriter<TEntry> : IDisposable
    where TEntry : class
{
    private readonly string path, part, journal;
    private readonly FileStream data;
    private readonly StreamWriter log;
    private readonly List<TEntry> entries = [];
    private readonly List<(string Source, string Reason)> dropped = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);

    /// <param name="path">The file to make.</param>
    /// <param name="sources">All that it is made of: what was begun with others is begun anew from there on.</param>
    /// <exception cref="IOException">The file exists already, or cannot be written.</exception>
    public IndexedFileWriter(string path, IEnumerable<string> sources)
    {
        if (File.Exists(path))
        {
            throw new IOException($"{path} exists: delete it to build it again.");
        }
        (this.path, part, journal) = (path, path + ".part", path + ".journal");
        data = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            Resume(sources.ToHashSet(StringComparer.Ordinal));
            log = new StreamWriter(journal, append: true);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public IReadOnlyList<TEntry> Entries => entries;

    /// <summary>Sources that gave nothing, with the reason.</summary>
    public IReadOnlyList<(string Source, string Reason)> Dropped => dropped;

    /// <summary>Where the next data will begin in the file.</summary>
    public long Position => data.Position;

    /// <summary>Sources of which it is known what came of them.</summary>
    public int Done => known.Count;

    public bool IsDone(string source) => known.Contains(source);

    /// <summary>The data of a source's entry.</summary>
    public void Add(string source, TEntry entry, ReadOnlySpan<byte> bytes)
    {
        data.Write(bytes);
        entries.Add(entry);
        Confirm(new Line(source, entry, null, data.Position));
    }

    /// <summary>A source that gives nothing.</summary>
    public void Drop(string source, string reason)
    {
        dropped.Add((source, reason));
        Confirm(new Line(source, null, reason, data.Position));
    }

    /// <summary>What was added so far is kept if the process is killed.</summary>
    public void Flush()
    {
        data.Flush();
        log.Flush();
    }

    /// <summary>Ends the file and gives it its name.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="size">Of the header.</param>
    public void Finish(IndexedFileKind kind, int size)
    {
        kind.Finish(data, size, entries);
        data.Dispose();
        log.Dispose();
        File.Move(part, path);
        File.Delete(journal);
    }

    public void Dispose()
    {
        log.Dispose();
        data.Dispose();
        if (known.Count == 0)
        {
            File.Delete(journal);
            File.Delete(part);
        }
    }

    private void Confirm(Line line)
    {
        known.Add(line.Source);
        log.Write(JsonSerializer.Serialize(line) + "\n");
    }

    private void Resume(HashSet<string> sources)
    {
        long end = IndexedFileKind.HeaderBytes, kept = 0;
        if (File.Exists(journal))
        {
            byte[] bytes = File.ReadAllBytes(journal);
            int start = 0;
            for (int newline; (newline = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = newline + 1)
            {
                Line? line = Parse(bytes.AsSpan(start, newline - start));
                if (line is null || line.End < end || line.End > data.Length || !sources.Contains(line.Source))
                {
                    break; // written out of order with the data before a power cut, or of other sources: forget this and all that follows
                }
                if (line.Entry is not null)
                {
                    entries.Add(line.Entry);
                }
                else
                {
                    dropped.Add((line.Source, line.Reason ?? ""));
                }
                known.Add(line.Source);
                (end, kept) = (line.End, newline + 1);
            }
            using var file = new FileStream(journal, FileMode.Open);
            file.SetLength(kept);
        }
        data.SetLength(end);
        data.Position = end;
    }

    private static Line? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(json, IndexedFileKind.IndexOptions);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A line of the journal.</summary>
    /// <param name="Source">What was looked at.</param>
    /// <param name="Entry">What came of it, or null.</param>
    /// <param name="Reason">Why nothing did.</param>
    /// <param name="End">Behind the data so far.</param>
    private sealed record Line(string Source, TEntry? Entry, string? Reason, long End);
}
