using System.Globalization;
using System.Runtime.InteropServices;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Captioning;

/// <summary>Writes captions for sounds, many at a time.</summary>
public static class CaptionWriting
{
    /// <summary>CSV: path (as in the manifest), caption, logProbability; <see cref="Curation.CaptionList"/> reads it.</summary>
    public const string FileName = "captions.csv";

    private const int Chunk = 128;
    private const string PartName = FileName + ".part", KeyName = FileName + ".key";

    /// <summary>A caption and its log probability for each sound, in order.</summary>
    /// <param name="captioner">Writes.</param>
    /// <param name="heard">What is heard in all sounds.</param>
    /// <param name="sounds">Which are captioned.</param>
    /// <param name="writing">How.</param>
    /// <param name="tags">The tags of a sound; asked only if <paramref name="writing"/> has them.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public static (string Text, double LogProbability)[] Write(
        Captioner captioner, HeardSounds heard, IReadOnlyList<int> sounds, WritingOptions writing, Func<int, string[]> tags, CancellationToken cancellation)
    {
        var written = new (string, double)[sounds.Count];
        Parallel.For(
            0, sounds.Count, new ParallelOptions { CancellationToken = cancellation },
            () => captioner.Plan(writing.Beams),
            (i, _, buffers) =>
            {
                int[] ids = writing.Tags ? captioner.TagIds(tags(sounds[i])) : [];
                (string text, Hypothesis hypothesis) = captioner.Write(heard.Audio(sounds[i]), ids, buffers, writing.Beams, writing.LengthPower);
                written[i] = (text, hypothesis.LogProbability);
                return buffers;
            },
            _ => { });
        return written;
    }

    /// <summary>The same into the folder's <see cref="FileName"/>; what an interrupted call has written is kept. Returns the file's path.</summary>
    /// <param name="captioner">Writes.</param>
    /// <param name="heard">What is heard in all sounds.</param>
    /// <param name="sounds">Numbers and paths of those that are captioned.</param>
    /// <param name="writing">How.</param>
    /// <param name="tags">The tags of a sound.</param>
    /// <param name="folder">Gets the file.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops it; the next call goes on.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="FileFormatException">The folder holds captions by another captioner or recipe, or of other sounds or tags.</exception>
    public static string Write(
        Captioner captioner, HeardSounds heard, IReadOnlyList<(int Number, string Path)> sounds, WritingOptions writing, Func<int, string[]> tags, string folder, TextWriter? progress,
        CancellationToken cancellation)
    {
        string path = Path.Combine(folder, FileName), part = Path.Combine(folder, PartName), keyPath = Path.Combine(folder, KeyName);
        static string Crc(ReadOnlySpan<float> values) => $"{IndexedFileKind.Crc(MemoryMarshal.AsBytes(values)):x8}";
        string read = DataHash.Of(sounds.SelectMany(s => (string[])[s.Path, Crc(heard.Audio(s.Number).Span), .. writing.Tags ? tags(s.Number) : []]));
        string key = $"{writing} {sounds.Count} {read} {Crc(captioner.Decoder.Parameters.Values)}";
        if (File.Exists(keyPath) && File.ReadAllText(keyPath) != key)
        {
            throw new FileFormatException(keyPath, 0, key, File.ReadAllText(keyPath), "The folder's captions are another captioner's, another recipe's or of other sounds or tags: delete it, or use another --out.");
        }
        if (File.Exists(path))
        {
            return path;
        }
        File.WriteAllText(keyPath, key);
        string[] kept = File.Exists(part) ? [.. Kept(File.ReadAllText(part), sounds)] : [];
        using (var file = new StreamWriter(part) { NewLine = "\n" })
        {
            file.WriteLine("path,caption,logProbability");
            Array.ForEach(kept, file.WriteLine);
            for (int first = kept.Length; first < sounds.Count; first += Chunk)
            {
                file.Flush();
                progress?.WriteLine($"{first:N0} of {sounds.Count:N0} captions");
                (int Number, string Path)[] some = [.. sounds.Skip(first).Take(Chunk)];
                (string Text, double LogProbability)[] written = Write(captioner, heard, [.. some.Select(s => s.Number)], writing, tags, cancellation);
                for (int i = 0; i < some.Length; i++)
                {
                    file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{CsvTable.Quote(some[i].Path)},{CsvTable.Quote(written[i].Text)},{written[i].LogProbability:0.000}"));
                }
            }
        }
        File.Move(part, path);
        return path;
    }

    /// <summary>Whole lines that speak of the first sounds, in order; a torn last line of a killed process goes.</summary>
    private static IEnumerable<string> Kept(string text, IReadOnlyList<(int Number, string Path)> sounds) =>
        text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Zip(sounds)
            .TakeWhile(p => p.First.StartsWith(CsvTable.Quote(p.Second.Path) + ",", StringComparison.Ordinal)).Select(p => p.First);
}
