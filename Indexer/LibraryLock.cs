using System.Text;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>Held while a library is written, so that two indexers never work on the same one. The system lets go of it when the process ends, however it ends.</summary>
internal sealed class LibraryLock : IDisposable
{
    private readonly FileStream file;

    private LibraryLock(FileStream file) => this.file = file;

    /// <exception cref="LibraryException">Another process, or another run in this one, holds it.</exception>
    public static LibraryLock Take(string directory)
    {
        string path = LibraryPaths.Lock(directory);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new LibraryException(directory, "another indexer is writing this library", "Wait until it is done, or stop it", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LibraryException(directory, $"the library cannot be written ({e.Message})", "Check the folder's rights, or choose another with '--library'", e);
        }
        // Only for people who look into the file.
        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
        file.Flush();
        return new LibraryLock(file);
    }

    // The file stays: deleting it would let a third process lock a file that is no longer there.
    public void Dispose() => file.Dispose();
}
