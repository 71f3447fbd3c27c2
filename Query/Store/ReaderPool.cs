using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace SoundSearch.Query.Store;

/// <summary>Read-only connections to one library, one per search that runs at the same time, each with its own view of the database.</summary>
internal sealed class ReaderPool(string directory) : IDisposable
{
    private readonly ConcurrentBag<SqliteConnection> idle = [];
    private volatile bool disposed;

    /// <summary>Runs a function on one state of the database, whatever a writer does meanwhile.</summary>
    /// <exception cref="LibraryException">The database is damaged, locked or gone.</exception>
    public T Read<T>(Func<SqliteConnection, T> function)
    {
        ObjectDisposedException.ThrowIf(disposed, typeof(SoundLibrary));
        string path = LibraryPaths.Database(directory);
        SqliteConnection? connection = null;
        try
        {
            connection = idle.TryTake(out SqliteConnection? taken) ? taken : LibraryDatabase.OpenRead(directory);
            T result;
            using (connection.BeginTransaction(deferred: true))
            {
                result = function(connection);
            }
            idle.Add(connection);
            connection = null;
            if (disposed)
            {
                Dispose();
            }
            return result;
        }
        catch (SqliteException e)
        {
            throw LibraryDatabase.Translate(e, path);
        }
        catch (Exception e) when (e is InvalidCastException or OverflowException or InvalidOperationException { InnerException: null } and not ObjectDisposedException)
        {
            // A value of another type than the schema says: SQLite keeps what damaged bytes hold.
            throw new LibraryException(path, $"the database holds something unexpected ({e.Message})", LibraryDatabase.DamagedRemedy, e);
        }
        finally
        {
            connection?.Dispose();
        }
    }

    public void Dispose()
    {
        disposed = true;
        while (idle.TryTake(out SqliteConnection? connection))
        {
            connection.Dispose();
        }
    }
}
