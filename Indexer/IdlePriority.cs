using System.Runtime.InteropServices;

namespace SoundSearch.Indexer;

/// <summary>Lowers the priority of the calling thread.</summary>
internal static partial class IdlePriority
{
    public static void Apply()
    {
        Thread.CurrentThread.Priority = ThreadPriority.Lowest;
        if (OperatingSystem.IsLinux())
        {
            // .NET leaves priorities alone on Linux, where a nice value belongs to the thread, not to the process.
            _ = Nice(19);
        }
    }

    [LibraryImport("libc", EntryPoint = "nice")]
    private static partial int Nice(int increment);
}
