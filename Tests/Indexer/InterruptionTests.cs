using System.Diagnostics;
using SoundSearch.Indexer;
using SoundSearch.Query;

namespace SoundSearch.Tests.Indexer;

/// <summary>Whatever ends a run, what was committed is kept and the next run goes on from there.</summary>
public sealed class InterruptionTests
{
    private const int Files = 60;

    [Test]
    public void Cancelled_run_keeps_what_is_finished()
    {
        using TempLibrary temp = Make();
        using var cancel = new CancellationTokenSource();
        Task<IndexReport> run = Task.Run(() => LibraryIndexer.Run(temp.Options with { BatchWindows = 2 }, null, cancel.Token));
        SpinWait.SpinUntil(() => temp.Encoder.Windows >= 10 || run.IsCompleted, TimeSpan.FromSeconds(30));
        cancel.Cancel();
        IndexReport report = run.Result;
        Assert.That(report.Cancelled, Is.True);
        Assert.That(report.Indexed, Is.InRange(4, Files - 1));
        Assert.That(temp.Found(), Has.Length.EqualTo(report.Indexed));
        IndexReport rest = temp.Index();
        Assert.That(rest, Has.Property("Indexed").EqualTo(Files - report.Indexed).And.Property("Unchanged").EqualTo(report.Indexed).And.Property("Removed").EqualTo(0));
    }

    [Test]
    public void Cancelled_run_removes_no_file_that_it_has_not_looked_for()
    {
        using TempLibrary temp = Make();
        temp.Index();
        File.Delete(temp.Sound("00.wav"));
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        IndexReport report = LibraryIndexer.Run(temp.Options, null, cancel.Token);
        Assert.That(report, Has.Property("Cancelled").True.And.Property("Removed").EqualTo(0));
        Assert.That(temp.Found(), Has.Length.EqualTo(Files));
    }

    [Test]
    public void Killed_process_loses_nothing_that_was_committed()
    {
        using TempLibrary temp = Make();
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        string assembly = typeof(InterruptionTests).Assembly.Location;
        foreach (string argument in new[] { "exec", assembly, ChildProgram.IndexSlowly, temp.Sounds, temp.Library })
        {
            start.ArgumentList.Add(argument);
        }
        using Process child = Process.Start(start)!;
        // The child tells of each commit.
        string? line = "";
        for (int commits = 0; commits < 3 && line is not null; commits += line == ChildProgram.Progressed ? 1 : 0)
        {
            line = child.StandardOutput.ReadLine();
        }
        Assert.That(line, Is.Not.Null, "the child ended before it could be killed");
        int committed = temp.Found().Length; // read while it writes
        child.Kill(); // SIGKILL
        child.WaitForExit();
        using (SoundLibrary library = temp.Open())
        {
            VerifyReport check = library.Verify();
            Assert.That(check.Problems, Is.Empty);
            Assert.That(check.Files, Is.InRange(committed, Files - 1));
        }
        Assert.That(committed, Is.GreaterThan(0));
        int kept = temp.Found().Length;
        IndexReport rest = temp.Index();
        Assert.That(rest, Has.Property("Indexed").EqualTo(Files - kept).And.Property("Unchanged").EqualTo(kept));
        Assert.That(temp.Found(), Has.Length.EqualTo(Files));
    }

    [Test]
    public void Searches_go_on_while_the_library_is_written()
    {
        using var gate = new ManualResetEventSlim();
        using TempLibrary temp = Make(gate);
        LibraryIndexer.Run(temp.Options with { Folders = [MakeOne(temp)] });
        using SoundLibrary library = temp.Open();
        Task<IndexReport> run = Task.Run(() => LibraryIndexer.Run(temp.Options with { CommitFiles = 1, BatchWindows = 1 }));
        var slowest = TimeSpan.Zero;
        int last = 0;
        while (!run.IsCompleted)
        {
            Parallel.For(0, 4, _ =>
            {
                var clock = Stopwatch.StartNew();
                SearchResult result = library.Search(new SearchRequest { Text = "dog 12", K = 1000 });
                lock (temp)
                {
                    slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
                    last = Math.Max(last, result.Hits.Count);
                }
                Assert.That(result.Hits.Select(h => h.Path), Is.Unique.And.Not.Empty);
            });
            if (last > 1)
            {
                gate.Set();
            }
        }
        Assert.That(run.Result.Files, Is.EqualTo(Files + 1));
        Assert.That(library.Search(new SearchRequest { Text = "dog", K = 1000 }).Hits, Has.Count.EqualTo(Files + 1));
        Assert.That(last, Is.GreaterThan(1), "no search saw a commit of the running indexer");
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(10)));

        static string MakeOne(TempLibrary temp)
        {
            temp.Tone("first/dog.wav", 3);
            return temp.Sound("first");
        }
    }

    /// <param name="gate">Stops the indexer after its first files until it is set.</param>
    private static TempLibrary Make(ManualResetEventSlim? gate = null)
    {
        var temp = new TempLibrary { Encoder = new SlowEncoder(TimeSpan.FromMilliseconds(10), gate) };
        for (int i = 0; i < Files; i++)
        {
            temp.Tone($"{i:00}.wav", i % 16, seed: i);
        }
        return temp;
    }
}
