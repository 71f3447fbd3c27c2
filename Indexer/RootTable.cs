using Microsoft.Data.Sqlite;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>The table of indexed folders. None lies inside another.</summary>
internal static class RootTable
{
    /// <summary>Absolute folders by id.</summary>
    public static Dictionary<long, string> Read(SqliteConnection connection, string directory)
    {
        var roots = new Dictionary<long, string>();
        using SqliteCommand command = connection.Prepare("SELECT id, path FROM roots ORDER BY id");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            roots[reader.GetInt64(0)] = LibraryPaths.ResolveRoot(directory, reader.GetString(1));
        }
        return roots;
    }

    /// <summary>Adds a folder that no root holds; roots inside it become parts of it, with their files.</summary>
    public static long Add(SqliteConnection connection, string directory, string folder, Dictionary<long, string> roots)
    {
        connection.Execute("INSERT INTO roots(path) VALUES($p0)", LibraryPaths.StoreRoot(directory, folder));
        long id = connection.ScalarInt64("SELECT last_insert_rowid()");
        foreach ((long inner, string path) in roots)
        {
            if (LibraryPaths.IsWithin(path, folder))
            {
                connection.Execute("UPDATE files SET root = $p0, path = $p1 || '/' || path WHERE root = $p2", id, LibraryPaths.Relative(path, folder), inner);
                connection.Execute("DELETE FROM roots WHERE id = $p0", inner);
            }
        }
        return id;
    }
}
