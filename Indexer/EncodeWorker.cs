using System.Collections.Concurrent;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Formats;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>
/// One thread of the pipeline: takes files, recognises moved ones, decodes, cuts into windows, encodes them in batches that
/// go across files, and hands results to the writer. A file that cannot be read becomes a result too.
/// </summary>
internal sealed class EncodeWorker
{
    private readonly BlockingCollection<FoundFile> files;
    private readonly BlockingCollection<FileResult> results;
    private readonly KnownFiles known;
    private readonly IndexModel model;
    private readonly WindowReader reader;
    private readonly float[][] buffers;
    private readonly List<ReadOnlyMemory<float>> windows;
    private readonly List<(PendingFile File, int Place)> owners;
    private readonly float[] embeddings;
    private readonly CancellationToken cancellation;

    public EncodeWorker(BlockingCollection<FoundFile> files, BlockingCollection<FileResult> results, KnownFiles known, IndexOptions options, CancellationToken cancellation)
    {
        (this.files, this.results, this.known, model, this.cancellation) = (files, results, known, options.Model, cancellation);
        int length = model.Windows.WindowSamples(model.Encoder.SampleRate);
        int batch = Math.Max(1, options.BatchWindows);
        buffers = new float[batch][];
        for (int i = 0; i < batch; i++)
        {
            buffers[i] = new float[length];
        }
        reader = new WindowReader(model.Windows, model.Encoder.SampleRate);
        windows = new List<ReadOnlyMemory<float>>(batch);
        owners = new List<(PendingFile File, int Place)>(batch);
        embeddings = new float[batch * model.Encoder.Dimensions];
    }

    /// <summary>Works until there are no more files.</summary>
    /// <exception cref="OperationCanceledException">Asked to stop; files that are not finished are left for the next run.</exception>
    public void Run()
    {
        while (true)
        {
            if (!files.TryTake(out FoundFile? file))
            {
                // Nothing at hand: finish what waits before waiting.
                Flush();
                if (!files.TryTake(out file, Timeout.Infinite, cancellation))
                {
                    return;
                }
            }
            cancellation.ThrowIfCancellationRequested();
            Process(file);
        }
    }

    private void Process(FoundFile file)
    {
        ContentHash? hash = null;
        PendingFile? pending = null;
        FileStatus status;
        string reason;
        try
        {
            KnownFile? before = known.At(file);
            bool changed = before is null || before.Size != file.Size || before.Modified != file.Modified;
            if (file.Size == 0)
            {
                // Not opened: this may also be a pipe or a device.
                results.Add(new FileResult.Failed(file, null, FileStatus.Undecodable, "the file is empty"), cancellation);
                return;
            }
            hash = !changed && before!.Hash is { } old ? old : ContentHash.OfFile(file.FullPath, cancellation);
            if (changed && Recognise(file, hash.Value, before) is { } result)
            {
                results.Add(result, cancellation);
                return;
            }
            pending = new PendingFile(file, hash.Value);
            Decode(file, pending);
            return;
        }
        catch (Exception e) when (e is AudioDecodeException { Package: null } or FileFormatException)
        {
            (status, reason) = (FileStatus.Undecodable, Reason(e, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            (status, reason) = (FileStatus.Unreadable, Reason(e, file));
        }
        catch (Exception e) when (e is not (OperationCanceledException or EncoderException))
        {
            // A decoder's mistake must not end a night's work.
            (status, reason) = (FileStatus.Undecodable, $"{e.GetType().Name}: {e.Message}");
        }
        if (pending is null)
        {
            results.Add(new FileResult.Failed(file, hash, status, reason), cancellation);
        }
        else
        {
            pending.Fail(status, reason);
            Finish(pending);
        }
    }

    private FileResult? Recognise(FoundFile file, ContentHash hash, KnownFile? before)
    {
        if (before is { Status: FileStatus.Indexed } && before.Hash == hash)
        {
            return new FileResult.Touched(file, before.Id);
        }
        return known.Same(hash, file, out bool moved) is { } same
            ? moved ? new FileResult.Moved(file, same.Id) : new FileResult.Copied(file, same.Id)
            : null;
    }

    private void Decode(FoundFile file, PendingFile pending)
    {
        int rate = model.Encoder.SampleRate;
        pending.Metadata = AudioFile.ReadMetadata(file.FullPath);
        using MonoReader source = MonoReader.Open(file.FullPath, rate);
        (pending.SampleRate, pending.Channels) = (source.SourceSampleRate, source.SourceChannels);
        reader.Begin(source);
        while (reader.Read(buffers[windows.Count]))
        {
            cancellation.ThrowIfCancellationRequested();
            owners.Add((pending, pending.AddWindow((double)reader.Start / rate, (double)reader.Samples / rate)));
            windows.Add(buffers[windows.Count].AsMemory(0, reader.Length));
            if (windows.Count == buffers.Length)
            {
                Flush();
            }
        }
        if (reader.Samples == 0)
        {
            pending.Fail(FileStatus.Undecodable, "the file holds no sound");
        }
        pending.Duration = (double)reader.Samples / rate;
        pending.EndDecoding();
        Finish(pending);
    }

    private void Flush()
    {
        if (windows.Count == 0)
        {
            return;
        }
        int dimensions = model.Encoder.Dimensions;
        try
        {
            model.Encoder.Encode(windows, embeddings.AsSpan(0, windows.Count * dimensions));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new EncoderException(model.Name, e);
        }
        for (int i = 0; i < owners.Count; i++)
        {
            owners[i].File.SetEmbedding(owners[i].Place, embeddings.AsSpan(i * dimensions, dimensions));
        }
        windows.Clear();
        for (int i = 0; i < owners.Count; i++)
        {
            // The last window of a file in this batch finishes it, if its decoding is over.
            if (i + 1 == owners.Count || owners[i + 1].File != owners[i].File)
            {
                Finish(owners[i].File);
            }
        }
        owners.Clear();
    }

    private void Finish(PendingFile pending)
    {
        if (pending.TryFinish() is { } result)
        {
            results.Add(result, cancellation);
        }
    }

    // The report names the path already.
    private static string Reason(Exception e, FoundFile file)
    {
        string message = e.Message;
        return message.StartsWith(file.FullPath, StringComparison.Ordinal) ? message[file.FullPath.Length..].TrimStart(':', ',', ' ') : message;
    }
}
