using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>One run of the indexer, with its threads and counts.</summary>
internal sealed class IndexRun
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(200);

    private readonly IndexOptions options;
    private readonly string directory;
    private readonly LibraryWriter writer;
    private readonly IProgress<IndexProgress>? progress;
    private readonly CancellationToken userCancellation;
    private readonly CancellationTokenSource stop;
    private readonly Stopwatch clock = Stopwatch.StartNew();

    // Paths are small and their number is wanted early for the time left, so the scan never waits; results hold vectors, so
    // workers wait when the writer falls behind. Dedicated threads (a niceness belongs to a thread) block, hence no Channels.
    private readonly BlockingCollection<FoundFile> files = [];
    private readonly BlockingCollection<FileResult> results = new(boundedCapacity: 256);

    private ExceptionDispatchInfo? error;
    private volatile bool scanComplete;
    private int found, unchanged, toDo, running;
    private long bytesToDo;

    // Only the writer's thread touches these.
    private readonly List<FileFailure> failed = [];
    private int indexed, moved, removed, done;
    private long bytesDone;
    private double audioSeconds;

    public IndexRun(IndexOptions options, string directory, LibraryWriter writer, IProgress<IndexProgress>? progress, CancellationToken cancellation)
    {
        (this.options, this.directory, this.writer, this.progress, userCancellation) = (options, directory, writer, progress, cancellation);
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    public IndexReport Execute(IReadOnlyList<string> folders)
    {
        List<IndexRoot> roots = writer.OpenRoots(folders);
        var known = new KnownFiles(writer.Connection, writer.Roots);
        var scan = new FolderScan(directory);
        var oldFailures = new List<FileFailure>();
        var threads = new List<Thread> { Start("scan", () => Scan(scan, roots, known, oldFailures)) };
        running = options.Threads;
        for (int i = 0; i < options.Threads; i++)
        {
            threads.Add(Start($"encode {i + 1}", () => new EncodeWorker(files, results, known, options, stop.Token).Run(), LastWorkerEnds));
        }
        try
        {
            Write();
        }
        catch
        {
            stop.Cancel(); // let the threads end; the error is the writer's
            throw;
        }
        finally
        {
            threads.ForEach(thread => thread.Join());
        }
        error?.Throw();
        bool cancelled = userCancellation.IsCancellationRequested;
        if (!cancelled)
        {
            RemoveMissing(known, roots, scan);
        }
        writer.Commit();
        string? graphProblem = cancelled ? null : UpdateGraph();
        cancelled = userCancellation.IsCancellationRequested;
        failed.AddRange(oldFailures);
        failed.AddRange(scan.Unreadable);
        failed.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        Report(null);
        return new IndexReport
        {
            Files = found,
            Indexed = indexed,
            Unchanged = unchanged,
            Moved = moved,
            Removed = removed,
            Failed = failed,
            Segments = writer.Segments,
            AudioSeconds = audioSeconds,
            Seconds = clock.Elapsed.TotalSeconds,
            Cancelled = cancelled,
            GraphProblem = graphProblem,
        };
    }

    private Thread Start(string name, Action action, Action? after = null)
    {
        var thread = new Thread(() =>
        {
            try
            {
                if (options.IdlePriority)
                {
                    IdlePriority.Apply();
                }
                action();
            }
            catch (OperationCanceledException)
            {
                // The caller asked, or another thread failed.
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref error, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
            finally
            {
                after?.Invoke();
            }
        })
        { Name = $"soundsearch {name}", IsBackground = true };
        thread.Start();
        return thread;
    }

    private void LastWorkerEnds()
    {
        if (Interlocked.Decrement(ref running) == 0)
        {
            results.CompleteAdding();
        }
    }

    private void Scan(FolderScan scan, List<IndexRoot> roots, KnownFiles known, List<FileFailure> oldFailures)
    {
        try
        {
            foreach (FoundFile file in roots.SelectMany(root => scan.Files(root, stop.Token)))
            {
                Interlocked.Increment(ref found);
                KnownFile? before = known.At(file);
                if (before is not null)
                {
                    known.Keep(before);
                }
                if (before is not null && before.Size == file.Size && before.Modified == file.Modified
                    && (before.Status == FileStatus.Indexed || (before.Status == FileStatus.Undecodable && !options.RetryFailed)))
                {
                    if (before.Status == FileStatus.Indexed)
                    {
                        Interlocked.Increment(ref unchanged);
                    }
                    else
                    {
                        oldFailures.Add(new FileFailure(file.FullPath, before.Reason ?? "unknown"));
                    }
                    continue;
                }
                Interlocked.Increment(ref toDo);
                Interlocked.Add(ref bytesToDo, file.Size);
                files.Add(file, stop.Token);
            }
            scanComplete = true;
        }
        finally
        {
            files.CompleteAdding();
        }
    }

    private void Write()
    {
        var sinceCommit = Stopwatch.StartNew();
        var sinceReport = Stopwatch.StartNew();
        int uncommitted = 0;
        string? current = null;
        // Ends when the workers have; cancelled or not, what they finished is written.
        while (!results.IsCompleted)
        {
            if (results.TryTake(out FileResult? result, ReportEvery))
            {
                writer.Write(result);
                Count(result);
                current = result.File.FullPath;
                uncommitted++;
            }
            if (uncommitted > 0 && (uncommitted >= options.CommitFiles || sinceCommit.Elapsed >= options.CommitEvery))
            {
                writer.Commit();
                uncommitted = 0;
                sinceCommit.Restart();
            }
            if (sinceReport.Elapsed >= ReportEvery)
            {
                Report(current);
                sinceReport.Restart();
            }
        }
        writer.Commit();
    }

    private void Count(FileResult result)
    {
        done++;
        bytesDone += result.File.Size;
        switch (result)
        {
            case FileResult.Encoded encoded:
                indexed++;
                audioSeconds += encoded.Duration;
                break;
            case FileResult.Copied:
                indexed++;
                break;
            case FileResult.Touched:
                Interlocked.Increment(ref unchanged);
                break;
            case FileResult.Moved:
                moved++;
                break;
            case FileResult.Failed failure:
                failed.Add(new FileFailure(failure.File.FullPath, failure.Reason));
                break;
        }
    }

    private void RemoveMissing(KnownFiles known, List<IndexRoot> roots, FolderScan scan)
    {
        foreach (KnownFile file in known.All)
        {
            if (!known.IsLeft(file))
            {
                continue;
            }
            string path = LibraryPaths.Combine(writer.Roots[file.Root], file.Relative);
            bool scanned = roots.Exists(root => LibraryPaths.IsWithin(path, root.Scan))
                && !scan.Unreadable.Exists(folder => LibraryPaths.IsWithin(path, folder.Path));
            if (scanned)
            {
                writer.Remove(file.Id);
                removed++;
            }
        }
    }

    private string? UpdateGraph()
    {
        try
        {
            GraphBuilder.Update(writer.Connection, directory, options.Model.Meta, options.Graph, options.GraphFrom, options.Threads, userCancellation);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{LibraryPaths.Cache(directory)}: {e.Message}";
        }
    }

    private void Report(string? current) => progress?.Report(new IndexProgress
    {
        Found = Volatile.Read(ref found),
        ScanComplete = scanComplete,
        ToDo = Volatile.Read(ref toDo),
        Done = done,
        BytesToDo = Interlocked.Read(ref bytesToDo),
        BytesDone = bytesDone,
        Failed = failed.Count,
        AudioSeconds = audioSeconds,
        Seconds = clock.Elapsed.TotalSeconds,
        Current = current,
    });
}
