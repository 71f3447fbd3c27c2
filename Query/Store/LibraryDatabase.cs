using Microsoft.Data.Sqlite;

namespace SoundSearch.Query.Store;

/// <summary>Opens a library's database, and says plainly what is wrong when it cannot.</summary>
public static class LibraryDatabase
{
    public const string DamagedRemedy = "Run 'soundsearch verify' to see the damage; restore the folder from a backup, or delete it and index again";

    // Results of SQLite, https://www.sqlite.org/rescode.html
    private const int Busy = 5, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13, CannotOpen = 14, NotADatabase = 26;

    static LibraryDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <summary>Opens for reading only. Write-ahead logging lets readers and the one writer go on without waiting for each other.</summary>
    /// <exception cref="LibraryException">No library there, or not one that can be read.</exception>
    public static SqliteConnection OpenRead(string directory)
    {
        string path = LibraryPaths.Database(directory);
        if (!File.Exists(path))
        {
            throw new LibraryException(directory, "no library here", "Make one with 'soundsearch index FOLDER'");
        }
        try
        {
            return Checked(Connect(path, SqliteOpenMode.ReadOnly), path);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is CannotOpen or ReadOnly && !File.Exists(path + "-wal"))
        {
            // A folder that cannot be written (a disc, a read-only share) has no room for the shared memory of the log;
            // without a log there is nothing in it to miss, and SQLite may be told that the file will not change.
            string uri = "file:" + Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal) + "?immutable=1";
            try
            {
                return Checked(Connect(uri, SqliteOpenMode.ReadOnly), path);
            }
            catch (SqliteException second)
            {
                throw Translate(second, path);
            }
        }
        catch (SqliteException e)
        {
            throw Translate(e, path);
        }
    }

    /// <summary>Opens for writing, and makes the library when there is none.</summary>
    /// <exception cref="LibraryException">Not a library, damaged, or made with another model.</exception>
    public static SqliteConnection OpenWrite(string directory, LibraryMeta meta)
    {
        string path = LibraryPaths.Database(directory);
        SqliteConnection? connection = null;
        try
        {
            connection = Connect(path, SqliteOpenMode.ReadWriteCreate);
            if (LibrarySchema.IsEmpty(connection))
            {
                connection.Execute("PRAGMA page_size = 8192"); // a dozen vectors of 256 numbers to a page
                connection.Execute("PRAGMA journal_mode = WAL");
                LibrarySchema.Create(connection, meta);
            }
            LibrarySchema.Check(connection, path);
            CheckModel(directory, LibrarySchema.ReadMeta(connection, path), meta);
            connection.Execute("PRAGMA journal_mode = WAL");
            // With a write-ahead log NORMAL never damages the database; a power cut may undo the last commits.
            connection.Execute("PRAGMA synchronous = NORMAL");
            connection.Execute("PRAGMA foreign_keys = ON");
            return connection;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is SqliteException sqlite)
            {
                throw Translate(sqlite, path);
            }
            throw;
        }
    }

    /// <summary>Says what an error of SQLite means for a library, and what to do.</summary>
    public static LibraryException Translate(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        Corrupt or NotADatabase => new(path, $"the database is damaged ({e.Message})", DamagedRemedy, e),
        Full => new(path, "the disk is full", "Free some space and run the command again: what was committed is kept", e),
        Busy => new(path, "another program holds the database locked", "Wait until it is done, then try again", e),
        CannotOpen or ReadOnly => new(path, $"the database cannot be opened ({e.Message})", "Check the rights of the folder and its files", e),
        IoError => new(path, $"reading or writing failed ({e.Message})", "Check the disk", e),
        _ => new(path, $"the database gave an error ({e.Message})", DamagedRemedy, e),
    };

    private static void CheckModel(string directory, LibraryMeta found, LibraryMeta wanted)
    {
        if (found.Fingerprint != wanted.Fingerprint || found.Dimensions != wanted.Dimensions)
        {
            throw new LibraryException(directory,
                $"made with the model '{found.Model}' ({found.Fingerprint}, {found.Dimensions} dimensions), not with '{wanted.Model}' ({wanted.Fingerprint}, {wanted.Dimensions}); vectors of two models never mix",
                $"Index with '--model {found.Model}', choose another folder with '--library', or delete this one to index anew");
        }
        if (Math.Abs(found.WindowSeconds - wanted.WindowSeconds) > 1e-9 || Math.Abs(found.Overlap - wanted.Overlap) > 1e-9)
        {
            throw new LibraryException(directory,
                $"made of windows of {found.WindowSeconds} s overlapping by {found.Overlap:P0}, not {wanted.WindowSeconds} s by {wanted.Overlap:P0}",
                "Index with the same window rule, or delete this library to index anew");
        }
    }

    private static SqliteConnection Checked(SqliteConnection connection, string path)
    {
        try
        {
            LibrarySchema.Check(connection, path);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection Connect(string path, SqliteOpenMode mode)
    {
        // No pool: the files must be free once the library is closed.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
