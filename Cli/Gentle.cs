using System.Diagnostics;

namespace SoundSearch.Cli;

/// <summary>Idle priority for the whole process.</summary>
internal static class Gentle
{
    public static void Lower()
    {
        using var self = Process.GetCurrentProcess();
        self.PriorityClass = ProcessPriorityClass.Idle;
    }
}
