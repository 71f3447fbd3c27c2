using System.Diagnostics;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Builds a <see cref="PictureStore"/>, in the order of the sources; what cannot be decoded is left out and counted. A build that was
/// cancelled or killed goes on where it was (<see cref="IndexedFileWriter{TEntry}"/>).
/// </summary>
/// <param name="path">The store to make.</param>
/// <param name="side">Rows and columns of a picture.</param>
/// <param name="program">ffmpeg's name or path.</param>
public sealed class PictureStoreBuilder(string path, int side, string program = "ffmpeg")
{
    private const int Batch = 64; // pictures of one process

    /// <summary>How pictures become squares.</summary>
    public PictureFit Fit { get; init; } = PictureFit.Pad;

    /// <summary>Threads that decode.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Sources that were not put into the store by the last build, or those that it went on from.</summary>
    public IReadOnlyList<string> Dropped { get; private set; } = [];

    /// <exception cref="OperationCanceledException">Cancelled; what was done is kept for the next run.</exception>
    /// <exception cref="IOException">The store exists already, cannot be written, or there is no ffmpeg.</exception>
    public void Build(IReadOnlyList<PictureSource> sources, TextWriter? progress = null, CancellationToken cancel = default)
    {
        string scratch = path + ".scratch";
        using var writer = new IndexedFileWriter<PictureEntry>(path, sources.Select(s => s.Info.Path));
        try
        {
            var decoder = new PictureDecoder(side, scratch, program, Fit);
            int known = writer.Done;
            PictureSource[][] batches = [.. sources.Where(s => !writer.IsDone(s.Info.Path)).Chunk(Batch)];
            var clock = Stopwatch.StartNew();
            for (int first = 0; first < batches.Length; first += Threads)
            {
                PictureSource[][] round = batches[first..Math.Min(first + Threads, batches.Length)];
                byte[]?[][] decoded = [.. round.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Min(Threads, round.Length)).Select(b => decoder.Decode(b, cancel))];
                cancel.ThrowIfCancellationRequested();
                for (int b = 0; b < round.Length; b++)
                {
                    Append(round[b], decoded[b], writer);
                }
                writer.Flush();
                double rate = (writer.Done - known) / clock.Elapsed.TotalSeconds;
                progress?.WriteLine($"{writer.Done:N0} of {sources.Count:N0} pictures, {writer.Dropped.Count:N0} not readable, {rate:0}/s, {TimeSpan.FromSeconds((sources.Count - writer.Done) / rate):h\\:mm\\:ss} left");
            }
            writer.Finish(PictureStore.Kind, side);
        }
        catch (AggregateException e) when (e.InnerException is IOException or OperationCanceledException)
        {
            throw e.InnerException is IOException inner ? new IOException(inner.Message, e) : new OperationCanceledException(cancel);
        }
        finally
        {
            Dropped = [.. writer.Dropped.Select(d => d.Source)];
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    private static void Append(PictureSource[] sources, byte[]?[] decoded, IndexedFileWriter<PictureEntry> writer)
    {
        for (int i = 0; i < sources.Length; i++)
        {
            if (decoded[i] is { } pixels)
            {
                writer.Add(sources[i].Info.Path, new PictureEntry(sources[i].Info, IndexedFileKind.Crc(pixels)), pixels);
            }
            else
            {
                writer.Drop(sources[i].Info.Path, "not readable");
            }
        }
    }
}
