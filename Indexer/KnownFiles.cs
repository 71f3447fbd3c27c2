using Microsoft.Data.Sqlite;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>The files of a library at the start of a run, by path and by content. Safe for concurrent callers.</summary>
internal sealed class KnownFiles
{
    private readonly Lock gate = new();
    private readonly Dictionary<(long Root, string Relative), KnownFile> byPath;
    private readonly Dictionary<(ContentHash Hash, long Size), List<KnownFile>> byContent = [];
    private readonly Dictionary<long, string> roots;

    /// <param name="connection">The library.</param>
    /// <param name="roots">Absolute folders by id.</param>
    public KnownFiles(SqliteConnection connection, Dictionary<long, string> roots)
    {
        this.roots = roots;
        byPath = new(new PathComparer());
        using SqliteCommand command = connection.Prepare("SELECT id, root, path, size, modified, hash, status, reason FROM files");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            ReadOnlySpan<byte> hash = reader.Bytes(5);
            var file = new KnownFile(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetInt64(4),
                hash.Length == 32 ? ContentHash.FromBytes(hash) : null, (FileStatus)reader.GetInt64(6), reader.Text(7));
            byPath[(file.Root, file.Relative)] = file;
            if (file.Hash is { } known && file.Status == FileStatus.Indexed)
            {
                if (!byContent.TryGetValue((known, file.Size), out List<KnownFile>? same))
                {
                    byContent[(known, file.Size)] = same = [];
                }
                same.Add(file);
            }
        }
    }

    public IEnumerable<KnownFile> All => byPath.Values;

    /// <summary>What is known about a path.</summary>
    public KnownFile? At(FoundFile file) => byPath.GetValueOrDefault((file.Root, file.Relative));

    /// <summary>Marks a file as still there.</summary>
    public void Keep(KnownFile file)
    {
        lock (gate)
        {
            file.Kept = true;
        }
    }

    /// <summary>Whether a file that was known is gone, for the caller to remove: its path was not found and nothing took it over.</summary>
    public bool IsLeft(KnownFile file)
    {
        lock (gate)
        {
            return !file.Kept;
        }
    }

    /// <summary>
    /// An indexed file with the same content: with moved = true one that is gone from its path, which now belongs to the
    /// caller; else one that is still there, as it was.
    /// </summary>
    public KnownFile? Same(ContentHash hash, FoundFile file, out bool moved)
    {
        moved = false;
        if (!byContent.TryGetValue((hash, file.Size), out List<KnownFile>? candidates))
        {
            return null;
        }
        KnownFile? copy = null;
        lock (gate)
        {
            foreach (KnownFile candidate in candidates)
            {
                // Without its root (a disk that is not mounted) nobody knows whether the file is gone.
                string root = roots[candidate.Root];
                var there = new FileInfo(LibraryPaths.Combine(root, candidate.Relative));
                if (there.Exists)
                {
                    copy ??= there.Length == candidate.Size && there.LastWriteTimeUtc.Ticks == candidate.Modified ? candidate : null;
                }
                else if (!candidate.Kept && Directory.Exists(root))
                {
                    candidate.Kept = true;
                    moved = true;
                    return candidate;
                }
            }
        }
        return copy;
    }

    private sealed class PathComparer : IEqualityComparer<(long Root, string Relative)>
    {
        private static readonly StringComparer Text = StringComparer.FromComparison(LibraryPaths.Comparison);

        public bool Equals((long Root, string Relative) a, (long Root, string Relative) b) => a.Root == b.Root && Text.Equals(a.Relative, b.Relative);

        public int GetHashCode((long Root, string Relative) key) => HashCode.Combine(key.Root, Text.GetHashCode(key.Relative));
    }
}
