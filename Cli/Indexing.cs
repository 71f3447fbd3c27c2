using SoundSearch.Engine.Models;
using SoundSearch.Indexer;
using SoundSearch.Query;

namespace SoundSearch.Cli;

/// <summary>Runs the indexer with progress on stderr and Ctrl-C obeyed: the one path that index, search and demo take.</summary>
internal static class Indexing
{
    public static IndexReport Run(IReadOnlyList<string> folders, string library, SoundModel model, int threads, bool gentle)
    {
        using var interrupt = new Interrupt();
        var line = new ProgressLine("new or changed files");
        var progress = new Direct<IndexProgress>(p =>
        {
            if (p.ToDo > 0)
            {
                line.Show(p.Done, p.ToDo, p.BytesDone, p.BytesToDo, $", {p.AudioSeconds / Math.Max(p.Seconds, 1e-3):N0} x real time{(p.ScanComplete ? "" : ", still scanning")}");
            }
        });
        IndexReport report;
        try
        {
            report = LibraryIndexer.Run(
                new IndexOptions { Folders = folders, LibraryDirectory = library, Model = new IndexModel(model), Threads = threads, IdlePriority = gentle }, progress, interrupt.Token);
        }
        finally
        {
            line.Finish();
        }
        return report.Cancelled ? throw new OperationCanceledException(interrupt.Token) : report;
    }

    /// <summary>What is said of a run beside its figures: every file that could not be read.</summary>
    public static void Complain(IndexReport report)
    {
        const int Shown = 20;
        foreach (FileFailure failure in report.Failed.Take(Shown))
        {
            Console.Error.WriteLine($"soundsearch: not indexed: {failure.Path}: {failure.Reason}");
        }
        if (report.Failed.Count > Shown)
        {
            Console.Error.WriteLine($"soundsearch: and {report.Failed.Count - Shown} more; 'soundsearch info' lists them all.");
        }
    }

    /// <summary>Reports in the caller's thread, in order; the framework's Progress posts to a pool and may come late.</summary>
    private sealed class Direct<T>(Action<T> show) : IProgress<T>
    {
        public void Report(T value) => show(value);
    }
}
