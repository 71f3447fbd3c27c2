using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Features;

namespace SoundSearch.Training.Data;

/// <summary>
/// Builds a <see cref="MelStore"/>: decodes, drops what is nearly silent, too short, unreadable or an exact duplicate, and
/// writes in the sources' order, so that the same sources give the same file. A build that was cancelled or killed goes on
/// where it was (<see cref="IndexedFileWriter{TEntry}"/>).
/// </summary>
public sealed class MelStoreBuilder
{
    private const int Batch = 64;          // sources decoded between two writes
    private const int Tail = 480;          // silence after a sound, so that its last samples are in a frame's middle
    private const int ShortestTransform = 1024;

    private readonly string path;

    /// <param name="path">The store to make.</param>
    public MelStoreBuilder(string path) => this.path = path;

    /// <summary>Longer sounds are cut, in seconds.</summary>
    public double MaxSeconds { get; init; } = 60;

    /// <summary>Shorter sounds are dropped, in seconds.</summary>
    public double MinSeconds { get; init; } = 0.04;

    /// <summary>Sounds whose peak stays below are dropped; 0.001 is -60 dB of full scale.</summary>
    public float MinPeak { get; init; } = 0.001f;

    /// <summary>Keep sounds that are the same as an earlier one: where a protocol counts every one.</summary>
    public bool KeepDuplicates { get; init; }

    /// <summary>Threads that decode.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Sources that were not put into the store by the last build, or those that it went on from, with the reason.</summary>
    public IReadOnlyList<(string Path, string Reason)> Dropped { get; private set; } = [];

    /// <summary>Builds, or finishes, the store; progress is told after every few sounds.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was done is kept for the next run.</exception>
    /// <exception cref="IOException">The store exists already, or cannot be written.</exception>
    public void Build(IReadOnlyList<SoundSource> sources, IProgress<BuildProgress>? progress = null, CancellationToken cancel = default)
    {
        using var writer = new IndexedFileWriter<MelEntry>(path, sources.Select(s => s.Info.Path));
        try
        {
            Dictionary<string, string> hashes = [];
            foreach (MelEntry entry in writer.Entries)
            {
                hashes[entry.Hash] = entry.Info.Path;
            }
            int known = writer.Done;
            List<SoundSource> left = [.. sources.Where(s => !writer.IsDone(s.Info.Path))];
            var clock = System.Diagnostics.Stopwatch.StartNew();
            for (int first = 0; first < left.Count; first += Batch)
            {
                cancel.ThrowIfCancellationRequested();
                int count = Math.Min(Batch, left.Count - first);
                var decoded = new (Half[] Rows, double Seconds, string Reason)[count];
                Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = cancel }, i => decoded[i] = Decode(left[first + i].File));
                for (int i = 0; i < count; i++)
                {
                    Append(left[first + i].Info, decoded[i], writer, hashes);
                }
                writer.Flush();
                progress?.Report(new BuildProgress(
                    known + first + count, sources.Count, writer.Entries.Count, writer.Entries.Sum(e => e.Seconds),
                    clock.Elapsed / (first + count) * (left.Count - first - count)));
            }
            writer.Finish(MelStore.Kind, LogMel.MelBins);
        }
        finally
        {
            Dropped = writer.Dropped;
        }
    }

    /// <summary>The store of that path, built first if it is not there; a build that was cancelled goes on.</summary>
    /// <param name="path">The store.</param>
    /// <param name="sources">Asked only if it is to be built.</param>
    /// <param name="progress">For people; or null.</param>
    /// <param name="cancel">Stops the build.</param>
    /// <param name="all">Of a set whose protocol counts every sound: nothing is dropped for being short, silent or a duplicate.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static MelStore OpenOrBuild(string path, Func<IReadOnlyList<SoundSource>> sources, TextWriter? progress, CancellationToken cancel, bool all = false)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            MelStoreBuilder builder = all ? new(path) { MinSeconds = 0, MinPeak = 0, KeepDuplicates = true } : new(path);
            builder.Build(sources(), progress is null ? null : new ProgressText(progress), cancel);
        }
        return MelStore.Open(path);
    }

    /// <summary>Progress in words.</summary>
    internal sealed class ProgressText(TextWriter writer) : IProgress<BuildProgress>
    {
        public void Report(BuildProgress value) => writer.WriteLine(value);
    }

    private void Append(SoundInfo info, (Half[] Rows, double Seconds, string Reason) sound, IndexedFileWriter<MelEntry> writer, Dictionary<string, string> hashes)
    {
        if (sound.Reason.Length > 0)
        {
            writer.Drop(info.Path, sound.Reason);
            return;
        }
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(sound.Rows.AsSpan());
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
        if (!KeepDuplicates && hashes.TryGetValue(hash, out string? twin))
        {
            writer.Drop(info.Path, $"the same sound as {twin}");
            return;
        }
        writer.Add(info.Path, new MelEntry(info, Math.Round(sound.Seconds, 3), sound.Rows.Length / LogMel.MelBins, writer.Position, IndexedFileKind.Crc(bytes), hash), bytes);
        hashes[hash] = info.Path;
    }

    private (Half[] Rows, double Seconds, string Reason) Decode(string file)
    {
        try
        {
            using MonoReader reader = MonoReader.Open(file, LogMel.Rate);
            float[] samples = reader.ReadAll(MaxSeconds);
            double seconds = samples.Length / (double)LogMel.Rate;
            if (samples.Length == 0 || seconds < MinSeconds)
            {
                return ([], seconds, $"only {seconds:0.000} s long");
            }
            float peak = Math.Abs(TensorPrimitives.MaxMagnitude(samples));
            if (!(peak >= MinPeak))
            {
                return ([], seconds, $"nearly silent: its peak is {peak:0.00000}");
            }
            int length = Math.Max(ShortestTransform, samples.Length + Tail);
            float[] mel = new float[LogMel.FrameCount(length) * LogMel.MelBins];
            LogMel.Power(samples, length, mel);
            TensorPrimitives.Add(mel, MelStore.Floor, mel);
            TensorPrimitives.Log(mel, mel);
            Half[] rows = new Half[mel.Length];
            TensorPrimitives.ConvertToHalf(mel, rows);
            return (rows, seconds, "");
        }
        catch (Exception e) when (e is IOException or AudioDecodeException or UnauthorizedAccessException or InvalidDataException)
        {
            return ([], 0, $"unreadable: {e.Message}");
        }
    }
}
