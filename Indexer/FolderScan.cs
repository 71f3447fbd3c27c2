using SoundSearch.Engine.Audio;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>
/// Finds the sound files of a folder, in the order of their names. Left out: hidden files and folders (by a leading dot or
/// the system's flag), the library itself, and symbolic links: what they lead to is outside, or is found anyway.
/// </summary>
internal sealed class FolderScan(string libraryDirectory)
{
    /// <summary>Folders that could not be listed: nothing is known about the files in them.</summary>
    public List<FileFailure> Unreadable { get; } = [];

    public IEnumerable<FoundFile> Files(IndexRoot root, CancellationToken cancellation)
    {
        var folders = new Stack<DirectoryInfo>();
        folders.Push(new DirectoryInfo(root.Scan));
        while (folders.TryPop(out DirectoryInfo? folder))
        {
            cancellation.ThrowIfCancellationRequested();
            var inner = new List<DirectoryInfo>();
            foreach (FileSystemInfo entry in List(folder))
            {
                if (entry is DirectoryInfo directory)
                {
                    if (!directory.FullName.Equals(libraryDirectory, LibraryPaths.Comparison))
                    {
                        inner.Add(directory);
                    }
                }
                else if (AudioFile.Extensions.Contains(entry.Extension))
                {
                    var file = (FileInfo)entry;
                    yield return new FoundFile(root.Id, LibraryPaths.Relative(file.FullName, root.Path), file.FullName, file.Length, file.LastWriteTimeUtc.Ticks);
                }
            }
            inner.Reverse();
            inner.ForEach(folders.Push);
        }
    }

    private List<FileSystemInfo> List(DirectoryInfo folder)
    {
        var entries = new List<FileSystemInfo>();
        try
        {
            foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false }))
            {
                FileAttributes attributes = entry.Attributes;
                bool hidden = entry.Name.StartsWith('.') || (attributes & FileAttributes.Hidden) != 0;
                // Only a reparse point may be a link (others are files kept in a cloud).
                bool link = (attributes & FileAttributes.ReparsePoint) != 0 && entry.LinkTarget is not null;
                if (!hidden && !link && entry.Exists)
                {
                    entries.Add(entry);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Unreadable.Add(new FileFailure(folder.FullName, $"the folder cannot be listed: {e.Message}"));
        }
        entries.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return entries;
    }
}
