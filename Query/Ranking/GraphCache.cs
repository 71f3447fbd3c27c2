using Microsoft.Data.Sqlite;
using SoundSearch.Query.Hnsw;
using SoundSearch.Query.Store;

namespace SoundSearch.Query.Ranking;

/// <summary>
/// The neighbour graph beside the database, opened when the library is large enough and the file fits the database's
/// generation and model. Whatever is wrong with it, the answer is a reason and exact search; it never throws.
/// </summary>
internal sealed class GraphCache(string directory, string fingerprint, int exactBelow) : IDisposable
{
    // Checking all checksums reads the whole file: done at once up to this size, and by SoundLibrary.Verify above. Unnoticed
    // damage to vectors gives wrong scores and nothing worse; headers and links are checked always.
    private const long VerifyUpTo = 512L << 20;

    private readonly Lock gate = new();
    private Entry? current;

    /// <summary>The graph for the database as the connection's transaction sees it.</summary>
    public Entry Get(SqliteConnection connection)
    {
        long generation = LibrarySchema.ReadCounter(connection, "generation");
        string path = LibraryPaths.Cache(directory);
        var file = new FileInfo(path);
        // A new file has another time or length: the indexer renames a finished one over the old.
        (long, DateTime, long) stamp = file.Exists ? (generation, file.LastWriteTimeUtc, file.Length) : (generation, default, -1);
        Entry? entry = Volatile.Read(ref current);
        if (entry is not null && entry.Stamp == stamp)
        {
            return entry;
        }
        lock (gate)
        {
            if (current is not null && current.Stamp == stamp)
            {
                return current;
            }
            Entry? old = current;
            Volatile.Write(ref current, Open(connection, path, generation, stamp));
            old?.Index?.Dispose(); // searches under way end first
            return current;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            current?.Index?.Dispose();
            current = null;
        }
    }

    private Entry Open(SqliteConnection connection, string path, long generation, (long, DateTime, long Length) stamp)
    {
        if (connection.ScalarInt64("SELECT count(*) FROM segments") < exactBelow)
        {
            return new Entry(stamp, null, CacheState.NotNeeded, "");
        }
        if (stamp.Length < 0)
        {
            return new Entry(stamp, null, CacheState.Missing, $"{path} has not been built yet");
        }
        bool opened = HnswIndex.TryOpen(path, generation: null, fingerprint, out HnswIndex? index, out string reason, verifyVectors: stamp.Length <= VerifyUpTo);
        if (!opened)
        {
            return new Entry(stamp, null, CacheState.Damaged, $"{path}: {reason}");
        }
        if (index!.Generation == generation)
        {
            return new Entry(stamp, index, CacheState.Fresh, "");
        }
        long found = index.Generation;
        index.Dispose();
        return new Entry(stamp, null, CacheState.Stale, $"{path} is of generation {found}, the library of {generation}");
    }

    /// <param name="Stamp">What it was opened for.</param>
    /// <param name="Index">Null when it cannot be used.</param>
    /// <param name="State">Why.</param>
    /// <param name="Reason">Why, in words; empty when nothing is wrong.</param>
    internal sealed record Entry((long Generation, DateTime Modified, long Length) Stamp, HnswIndex? Index, CacheState State, string Reason);
}
