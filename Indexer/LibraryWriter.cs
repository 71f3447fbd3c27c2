using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SoundSearch.Indexer.Freesound;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>
/// The only one that changes a library. Changes gather in a transaction until <see cref="Commit"/>; what was committed
/// survives whatever happens to the process. Keep in sync with LibrarySchema.
/// </summary>
internal sealed class LibraryWriter : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly string directory;
    private readonly Dictionary<string, SqliteCommand> commands = [];
    private Dictionary<long, string> roots = [];
    private bool inTransaction;
    private bool vectorsChanged;
    private bool vectorsRemoved;

    public LibraryWriter(string directory, SqliteConnection connection)
    {
        this.directory = directory;
        this.connection = connection;
    }

    public SqliteConnection Connection => connection;

    /// <summary>The absolute folders by id, as of the last <see cref="OpenRoots"/>.</summary>
    public Dictionary<long, string> Roots => roots;

    /// <summary>Segments written so far.</summary>
    public long Segments { get; private set; }

    /// <summary>Gives each folder a root: an existing one that holds it, or a new one, which takes over roots that lie inside it.</summary>
    public List<IndexRoot> OpenRoots(IReadOnlyList<string> folders)
    {
        Begin();
        var wanted = new List<IndexRoot>();
        // Outer folders first; those inside them are parts of them.
        foreach (string folder in folders.OrderBy(f => f.Length))
        {
            if (wanted.Exists(w => LibraryPaths.IsWithin(folder, w.Scan)))
            {
                continue;
            }
            roots = RootTable.Read(connection, directory);
            KeyValuePair<long, string> outer = roots.FirstOrDefault(r => LibraryPaths.IsWithin(folder, r.Value));
            long id = outer.Value is not null ? outer.Key : RootTable.Add(connection, directory, folder, roots);
            wanted.Add(new IndexRoot(id, outer.Value ?? folder, folder));
        }
        roots = RootTable.Read(connection, directory);
        Commit();
        return wanted;
    }

    /// <summary>The root of sounds that are not files but stand at addresses below a site's ("https://…").</summary>
    public long OpenSite(string site)
    {
        Begin();
        roots = RootTable.Read(connection, directory);
        long id = roots.FirstOrDefault(r => r.Value == site).Key;
        id = id != 0 ? id : RootTable.Add(connection, directory, site, roots);
        roots = RootTable.Read(connection, directory);
        Commit();
        return id;
    }

    /// <summary>Content hashes of a root's entries by path.</summary>
    public Dictionary<string, ContentHash> HashesOf(long root)
    {
        var hashes = new Dictionary<string, ContentHash>();
        using SqliteCommand command = connection.Prepare("SELECT path, hash FROM files WHERE root = $p0 AND status = 0", root);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            ReadOnlySpan<byte> hash = reader.Bytes(1);
            if (hash.Length == 32)
            {
                hashes[reader.GetString(0)] = ContentHash.FromBytes(hash);
            }
        }
        return hashes;
    }

    /// <summary>Writes a sound that is no file, in the place of what was there at its path: one segment, the whole sound.</summary>
    public void WriteSound(long root, string path, FreesoundSound sound, ContentHash hash, Half[] vector)
    {
        Begin();
        if (connection.ScalarInt64("SELECT id FROM files WHERE root = $p0 AND path = $p1", root, path) is not 0 and var old)
        {
            Remove(old);
        }
        string name = sound.Name ?? path;
        string credit = string.Join(", ", new[] { sound.Username is null ? null : $"by {sound.Username}", sound.Licence }.OfType<string>());
        Run("""
            INSERT INTO files(root, path, name, size, modified, hash, status, duration, sample_rate, channels, title, description, tags)
            VALUES($p0, $p1, $p2, $p3, 0, $p4, 0, $p5, $p6, $p7, $p8, $p9, $p10)
            """, root, path, name, sound.Size, hash.ToBytes(), sound.Duration, sound.SampleRate, sound.Channels, sound.Name,
            string.Join('\n', new[] { sound.Description, credit }.Where(text => !string.IsNullOrEmpty(text))), sound.Tags);
        long id = connection.ScalarInt64("SELECT last_insert_rowid()");
        Run("INSERT INTO segments(file, start, \"end\", embedding) VALUES($p0, $p1, $p2, $p3)",
            id, 0.0, sound.Duration, MemoryMarshal.AsBytes(vector.AsSpan()).ToArray());
        Segments++;
        vectorsChanged = true;
        // The credit is not among the words: every licence's address would match.
        Run("INSERT INTO words(rowid, name, folders, description, tags) VALUES($p0, $p1, $p2, $p3, $p4)", id,
            SoundWords.Split(sound.Name ?? ""), SoundWords.Split(sound.Username ?? ""), SoundWords.Split(sound.Description ?? ""), SoundWords.Split(sound.Tags ?? ""));
    }

    public void Write(FileResult result)
    {
        Begin();
        FoundFile file = result.File;
        switch (result)
        {
            case FileResult.Encoded encoded:
                Insert(encoded);
                break;
            case FileResult.Failed failed:
                RemoveAt(file);
                Run("INSERT INTO files(root, path, name, size, modified, hash, status, reason) VALUES($p0, $p1, $p2, $p3, $p4, $p5, $p6, $p7)",
                    file.Root, file.Relative, file.Name, file.Size, file.Modified, failed.Hash?.ToBytes(), (long)failed.Status, failed.Reason);
                break;
            case FileResult.Touched touched:
                Run("UPDATE files SET modified = $p1 WHERE id = $p0", touched.Id, file.Modified);
                break;
            case FileResult.Moved moved:
                RemoveAt(file, except: moved.Id);
                Run("UPDATE files SET root = $p1, path = $p2, name = $p3, modified = $p4 WHERE id = $p0",
                    moved.Id, file.Root, file.Relative, file.Name, file.Modified);
                WriteWords(moved.Id);
                break;
            case FileResult.Copied copied:
                Copy(copied);
                break;
            default:
                throw new ArgumentException($"unknown result {result.GetType().Name}");
        }
    }

    /// <summary>Removes a file and all that belongs to it.</summary>
    public void Remove(long id)
    {
        Begin();
        if (Run("DELETE FROM segments WHERE file = $p0", id) > 0)
        {
            vectorsChanged = vectorsRemoved = true;
        }
        Run("DELETE FROM words WHERE rowid = $p0", id);
        Run("DELETE FROM files WHERE id = $p0", id);
    }

    /// <summary>Makes everything so far permanent and visible to readers.</summary>
    public void Commit()
    {
        if (!inTransaction)
        {
            return;
        }
        if (vectorsChanged)
        {
            LibrarySchema.SetCounter(connection, "generation", LibrarySchema.ReadCounter(connection, "generation") + 1);
        }
        if (vectorsRemoved)
        {
            LibrarySchema.SetCounter(connection, "epoch", LibrarySchema.ReadCounter(connection, "epoch") + 1);
        }
        Run("COMMIT");
        inTransaction = vectorsChanged = vectorsRemoved = false;
    }

    public void Dispose()
    {
        foreach (SqliteCommand command in commands.Values)
        {
            command.Dispose();
        }
        connection.Dispose(); // an open transaction is rolled back
    }

    private void Begin()
    {
        if (!inTransaction)
        {
            Run("BEGIN IMMEDIATE");
            inTransaction = true;
        }
    }

    private void Insert(FileResult.Encoded encoded)
    {
        FoundFile file = encoded.File;
        RemoveAt(file);
        string description = string.Join('\n', new[] { encoded.Metadata.Description, encoded.Metadata.Comment }.Concat(encoded.Metadata.Labels)
            .Where(text => !string.IsNullOrWhiteSpace(text)).Distinct());
        Run("""
            INSERT INTO files(root, path, name, size, modified, hash, status, duration, sample_rate, channels, title, description, tags)
            VALUES($p0, $p1, $p2, $p3, $p4, $p5, 0, $p6, $p7, $p8, $p9, $p10, $p11)
            """, file.Root, file.Relative, file.Name, file.Size, file.Modified, encoded.Hash.ToBytes(), encoded.Duration, encoded.SampleRate, encoded.Channels,
            encoded.Metadata.Title, description.Length == 0 ? null : description, encoded.Metadata.Keywords);
        long id = connection.ScalarInt64("SELECT last_insert_rowid()");
        foreach ((double start, double end, Half[] embedding) in encoded.Segments)
        {
            Run("INSERT INTO segments(file, start, \"end\", embedding) VALUES($p0, $p1, $p2, $p3)",
                id, start, end, MemoryMarshal.AsBytes(embedding.AsSpan()).ToArray());
        }
        Segments += encoded.Segments.Count;
        vectorsChanged = true;
        WriteWords(id);
    }

    private void Copy(FileResult.Copied copied)
    {
        FoundFile file = copied.File;
        RemoveAt(file, except: copied.Id);
        Run("""
            INSERT INTO files(root, path, name, size, modified, hash, status, duration, sample_rate, channels, title, description, tags)
            SELECT $p1, $p2, $p3, size, $p4, hash, status, duration, sample_rate, channels, title, description, tags FROM files WHERE id = $p0
            """, copied.Id, file.Root, file.Relative, file.Name, file.Modified);
        long id = connection.ScalarInt64("SELECT last_insert_rowid()");
        Segments += Run("INSERT INTO segments(file, start, \"end\", embedding) SELECT $p1, start, \"end\", embedding FROM segments WHERE file = $p0 ORDER BY id", copied.Id, id);
        vectorsChanged = true;
        WriteWords(id);
    }

    private void RemoveAt(FoundFile file, long except = 0)
    {
        long id = connection.ScalarInt64("SELECT id FROM files WHERE root = $p0 AND path = $p1", file.Root, file.Relative);
        if (id != 0 && id != except)
        {
            Remove(id);
        }
    }

    private void WriteWords(long id)
    {
        (long root, string path, string? title, string? description, string? tags) row;
        using (SqliteCommand command = connection.Prepare("SELECT root, path, title, description, tags FROM files WHERE id = $p0", id))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            reader.Read();
            row = (reader.GetInt64(0), reader.GetString(1), reader.Text(2), reader.Text(3), reader.Text(4));
        }
        int slash = row.path.LastIndexOf('/');
        // The root's own name too: whoever indexes "Dogs" finds its files by that word.
        string folders = Path.GetFileName(roots[row.root]) + "/" + (slash < 0 ? "" : row.path[..slash]);
        Run("DELETE FROM words WHERE rowid = $p0", id);
        Run("INSERT INTO words(rowid, name, folders, description, tags) VALUES($p0, $p1, $p2, $p3, $p4)", id,
            SoundWords.Split(Path.GetFileNameWithoutExtension(row.path[(slash + 1)..])), SoundWords.Split(folders),
            SoundWords.Split($"{row.title}\n{row.description}"), SoundWords.Split(row.tags ?? ""));
    }

    // Statements are compiled once.
    private int Run(string sql, params ReadOnlySpan<object?> values)
    {
        if (!commands.TryGetValue(sql, out SqliteCommand? command))
        {
            commands[sql] = command = connection.Prepare(sql, values);
        }
        for (int i = 0; i < values.Length; i++)
        {
            // Without a stated type a parameter takes the one of its first value.
            command.Parameters[i].ResetSqliteType();
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
        return command.ExecuteNonQuery();
    }
}
