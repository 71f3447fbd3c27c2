using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SoundSearch.Query.Store;

/// <summary>
/// Tables of a library. Keep in sync: LibraryReader reads them, the indexer's LibraryWriter writes them, and a change that
/// an older program cannot read raises <see cref="Version"/>.
/// </summary>
public static class LibrarySchema
{
    /// <summary>PRAGMA application_id: "SSLB".</summary>
    public const int ApplicationId = 0x5353_4C42;

    /// <summary>PRAGMA user_version.</summary>
    public const int Version = 1;

    // A root is a folder, or the address of a site whose sounds were imported without files (their modified is 0).
    // files.path lies below its root and is separated by /; files.modified is UTC in ticks of 100 ns since the year 1.
    // AUTOINCREMENT: ids are never used again, so that a reader's older snapshot cannot name a newer file or segment.
    // words has a row per file that can be found, rowid = files.id, of words split by SoundWords.
    private const string Tables = """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE roots(id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE);
        CREATE TABLE files(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            root INTEGER NOT NULL REFERENCES roots(id),
            path TEXT NOT NULL,
            name TEXT NOT NULL,
            size INTEGER NOT NULL,
            modified INTEGER NOT NULL,
            hash BLOB,
            status INTEGER NOT NULL,
            reason TEXT,
            duration REAL NOT NULL DEFAULT 0,
            sample_rate INTEGER NOT NULL DEFAULT 0,
            channels INTEGER NOT NULL DEFAULT 0,
            title TEXT,
            description TEXT,
            tags TEXT,
            UNIQUE(root, path));
        CREATE INDEX files_by_hash ON files(hash);
        CREATE TABLE segments(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            file INTEGER NOT NULL REFERENCES files(id) ON DELETE CASCADE,
            start REAL NOT NULL,
            "end" REAL NOT NULL,
            embedding BLOB NOT NULL);
        CREATE INDEX segments_by_file ON segments(file);
        CREATE VIRTUAL TABLE words USING fts5(name, folders, description, tags,
            tokenize = 'porter unicode61 remove_diacritics 2');
        """;

    /// <summary>Makes the tables of a new library in one transaction.</summary>
    public static void Create(SqliteConnection connection, LibraryMeta meta)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        connection.Execute(Tables);
        WriteMeta(connection, meta);
        SetCounter(connection, "generation", 0);
        SetCounter(connection, "epoch", 0);
        // Last, so that a library is either whole or not there.
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version};"));
        transaction.Commit();
    }

    /// <summary>Whether the database has no tables yet: its making was interrupted.</summary>
    public static bool IsEmpty(SqliteConnection connection) =>
        connection.ScalarInt64("SELECT count(*) FROM sqlite_master") == 0;

    /// <exception cref="LibraryException">Not a library, or of a version that this program does not read.</exception>
    public static void Check(SqliteConnection connection, string path)
    {
        long id = connection.ScalarInt64("PRAGMA application_id");
        long version = connection.ScalarInt64("PRAGMA user_version");
        if (id != ApplicationId)
        {
            throw new LibraryException(path, $"not a SoundSearch library: application id {id:x8}, expected {ApplicationId:x8}",
                "Choose another library folder, or move this file away and index again");
        }
        if (version != Version)
        {
            throw new LibraryException(path, $"schema version {version}, expected {Version}", version > Version
                ? "It was made by a newer SoundSearch: update the program"
                : "It was made by an older SoundSearch: delete it and index again");
        }
    }

    public static LibraryMeta ReadMeta(SqliteConnection connection, string path)
    {
        return new LibraryMeta(Text("model"), Text("fingerprint"), (int)Number("dimensions"), Number("window_seconds"), Number("overlap"));

        string Text(string key) => connection.ScalarText("SELECT value FROM meta WHERE key = $p0", key)
            ?? throw new LibraryException(path, $"the entry '{key}' is missing from the table meta", LibraryDatabase.DamagedRemedy);

        double Number(string key) => double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and < 1e6
            ? value
            : throw new LibraryException(path, $"the entry '{key}' of the table meta is '{Text(key)}', expected a number", LibraryDatabase.DamagedRemedy);
    }

    /// <summary>Counters of the table meta: generation counts commits that changed vectors, epoch those that did more than append vectors of new files.</summary>
    public static long ReadCounter(SqliteConnection connection, string key) =>
        connection.ScalarInt64("SELECT CAST(value AS INTEGER) FROM meta WHERE key = $p0", key);

    public static void SetCounter(SqliteConnection connection, string key, long value) =>
        connection.Execute("INSERT OR REPLACE INTO meta(key, value) VALUES($p0, $p1)", key, value.ToString(CultureInfo.InvariantCulture));

    private static void WriteMeta(SqliteConnection connection, LibraryMeta meta)
    {
        const string sql = "INSERT INTO meta(key, value) VALUES($p0, $p1)";
        connection.Execute(sql, "model", meta.Model);
        connection.Execute(sql, "fingerprint", meta.Fingerprint);
        connection.Execute(sql, "dimensions", meta.Dimensions.ToString(CultureInfo.InvariantCulture));
        connection.Execute(sql, "window_seconds", meta.WindowSeconds.ToString("R", CultureInfo.InvariantCulture));
        connection.Execute(sql, "overlap", meta.Overlap.ToString("R", CultureInfo.InvariantCulture));
    }
}
