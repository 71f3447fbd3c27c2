using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Builds a <see cref="PictureStore"/>, in the order of the sources; what cannot be decoded is left out and counted. Work goes to
/// PATH.part, so that a store is either whole or not there.
/// </summary>
/// <param name="path">The store to make.</param>
/// <param name="side">Rows and columns of a picture.</param>
/// <param name="program">ffmpeg's name or path.</param>
public sealed class PictureStoreBuilder(string path, int side, string program = "ffmpeg")
{
    private const int Batch = 64; // pictures of one process

    /// <summary>Threads that decode.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Sources that were not put into the store.</summary>
    public List<string> Dropped { get; } = [];

    /// <exception cref="OperationCanceledException">Cancelled; the next build begins anew.</exception>
    /// <exception cref="IOException">The store exists already, cannot be written, or there is no ffmpeg.</exception>
    public void Build(IReadOnlyList<PictureSource> sources, TextWriter? progress = null, CancellationToken cancel = default)
    {
        if (File.Exists(path))
        {
            throw new IOException($"{path} exists: delete it to build it again.");
        }
        string part = path + ".part", scratch = path + ".scratch";
        List<PictureEntry> entries = [];
        try
        {
            using (FileStream data = File.Create(part))
            {
                data.Position = IndexedFileKind.HeaderBytes;
                var decoder = new PictureDecoder(side, scratch, program);
                PictureSource[][] batches = [.. sources.Chunk(Batch)];
                for (int first = 0; first < batches.Length; first += Threads)
                {
                    cancel.ThrowIfCancellationRequested();
                    PictureSource[][] round = batches[first..Math.Min(first + Threads, batches.Length)];
                    byte[]?[][] decoded = [.. round.AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Min(Threads, round.Length)).Select(b => decoder.Decode([.. b.Select(s => s.File)]))];
                    for (int b = 0; b < round.Length; b++)
                    {
                        Append(round[b], decoded[b], data, entries);
                    }
                    progress?.WriteLine($"{entries.Count + Dropped.Count:N0} of {sources.Count:N0} pictures, {Dropped.Count:N0} not readable");
                }
                PictureStore.Kind.Finish(data, side, entries);
            }
            File.Move(part, path);
        }
        catch (AggregateException e) when (e.InnerException is IOException inner)
        {
            throw new IOException(inner.Message, e);
        }
        finally
        {
            File.Delete(part);
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }

    private void Append(PictureSource[] sources, byte[]?[] decoded, FileStream data, List<PictureEntry> entries)
    {
        for (int i = 0; i < sources.Length; i++)
        {
            if (decoded[i] is { } pixels)
            {
                data.Write(pixels);
                entries.Add(new PictureEntry(sources[i].Info, IndexedFileKind.Crc(pixels)));
            }
            else
            {
                Dropped.Add(sources[i].Info.Path);
            }
        }
    }
}
