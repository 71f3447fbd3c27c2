namespace SoundSearch.Query.Store;

/// <summary>Names of the files in a library's folder, and how paths are kept in the database.</summary>
public static class LibraryPaths
{
    /// <summary>The truth: SQLite. Its -wal and -shm files stand beside it while it is open.</summary>
    public const string DatabaseName = "library.db";

    /// <summary>Derived: quantised vectors and their neighbour graph.</summary>
    public const string CacheName = "vectors.hnsw";

    /// <summary>Held open by the one process that writes.</summary>
    public const string LockName = "indexer.lock";

    public static string Database(string directory) => Path.Combine(directory, DatabaseName);

    public static string Cache(string directory) => Path.Combine(directory, CacheName);

    public static string Lock(string directory) => Path.Combine(directory, LockName);

    /// <summary>How the platform compares paths.</summary>
    public static StringComparison Comparison =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Whether a root or path is an address of the web: an entry without a file on a disk.</summary>
    public static bool IsAddress(string path) => path.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>The form of a path under which entries are found: absolute, or an address as it is.</summary>
    public static string Full(string path) => IsAddress(path) ? path.TrimEnd('/') : Path.GetFullPath(path);

    /// <summary>
    /// How a folder is kept in the database: relative to the library when the library lies in it (the default place,
    /// FOLDER/.soundsearch), so that both can be moved or mounted elsewhere together; else absolute.
    /// </summary>
    public static string StoreRoot(string directory, string root) =>
        IsWithin(directory, root) ? Path.GetRelativePath(directory, root).Replace('\\', '/') : root;

    /// <summary>The absolute folder that <see cref="StoreRoot"/> kept.</summary>
    public static string ResolveRoot(string directory, string stored) =>
        IsAddress(stored) ? stored : Path.TrimEndingDirectorySeparator(Path.GetFullPath(stored, Path.GetFullPath(directory)));

    /// <summary>Absolute path of a file kept as <paramref name="relative"/>, separated by /, below an absolute folder.</summary>
    public static string Combine(string root, string relative) =>
        IsAddress(root) ? $"{root}/{relative}" : Path.Join(root, Path.DirectorySeparatorChar == '/' ? relative : relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Whether a path is the folder itself or lies in it; both absolute.</summary>
    public static bool IsWithin(string path, string folder)
    {
        if (IsAddress(path) || IsAddress(folder))
        {
            return path == folder || path.StartsWith(folder + "/", StringComparison.Ordinal);
        }
        path = Path.TrimEndingDirectorySeparator(path);
        folder = Path.TrimEndingDirectorySeparator(folder);
        return path.StartsWith(folder, Comparison)
            && (path.Length == folder.Length || Path.EndsInDirectorySeparator(folder) || path[folder.Length] == Path.DirectorySeparatorChar);
    }

    /// <summary>The part of a path below the folder, separated by /; empty for the folder itself.</summary>
    public static string Relative(string path, string folder) =>
        path[Math.Min(path.Length, Path.TrimEndingDirectorySeparator(folder).Length)..].TrimStart(Path.DirectorySeparatorChar, '/')
            .Replace(Path.DirectorySeparatorChar, '/');
}
