using Microsoft.Data.Sqlite;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>
/// Folders of sounds to a library. A pipeline: one thread scans, several decode and encode, the caller's thread writes. Only
/// what is new or changed is read; a run that was cancelled or killed is simply run again.
/// </summary>
public static class LibraryIndexer
{
    /// <summary>Indexes, and returns when done or cancelled.</summary>
    /// <param name="options">What, where to, how.</param>
    /// <param name="progress">Told several times a second, on the caller's thread.</param>
    /// <param name="cancellation">Stops soon; what is finished is kept, and the report says so.</param>
    /// <exception cref="LibraryException">A folder does not exist; the library is damaged, locked, full or made with another model.</exception>
    /// <exception cref="EncoderException">The model failed.</exception>
    public static IndexReport Run(IndexOptions options, IProgress<IndexProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1, nameof(options));
        string[] folders = [.. options.Folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))];
        if (folders.Length == 0)
        {
            throw new ArgumentException("No folder to index.", nameof(options));
        }
        // Before anything else: a folder that is not there (not mounted) must not look like one whose files were deleted.
        if (Array.Find(folders, folder => !Directory.Exists(folder)) is { } missing)
        {
            throw new LibraryException(missing, "no such folder", "Check the name, and that its disk is mounted");
        }
        string directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.LibraryDirectory));
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LibraryException(directory, $"the library's folder cannot be made ({e.Message})", "Choose another with '--library'", e);
        }
        using LibraryLock held = LibraryLock.Take(directory);
        try
        {
            using var writer = new LibraryWriter(directory, LibraryDatabase.OpenWrite(directory, options.Model.Meta));
            return new IndexRun(options, directory, writer, progress, cancellation).Execute(folders);
        }
        catch (SqliteException e)
        {
            throw LibraryDatabase.Translate(e, LibraryPaths.Database(directory));
        }
    }
}
