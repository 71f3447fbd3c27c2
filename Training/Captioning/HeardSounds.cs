using System.Diagnostics;
using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// What two frozen models hear in the sounds of a store, once and for all: the audio tower's tokens, pooled along time, which the
/// captioner reads, and the tagger's scores, which guide it. Up to <see cref="MaxWindows"/> windows of a sound, evenly spread: tokens
/// are their mean, scores their maximum. Where people said what is heard, that stands in the place of the tagger's scores.
/// </summary>
public sealed class HeardSounds
{
    /// <summary>Long ambiences change little.</summary>
    public const int MaxWindows = 3;

    private const int PartSounds = 4096;
    private const string KeyName = "key", AudioName = "audio", ScoresName = "scores";

    private readonly float[] audio;    // [sounds, tokens, width]
    private readonly float[] scores;   // [sounds, labels]
    private readonly string[] labels;

    /// <param name="audio">[sounds, tokens, width].</param>
    /// <param name="scores">[sounds, labels], 0..1.</param>
    /// <param name="labels">Names of the tags, as they shall be read; possibly none.</param>
    /// <param name="tokens">Audio tokens of a sound.</param>
    /// <param name="width">Length of each.</param>
    public HeardSounds(float[] audio, float[] scores, IReadOnlyList<string> labels, int tokens, int width)
    {
        (this.audio, this.scores, this.labels, Tokens, Width) = (audio, scores, [.. labels], tokens, width);
        if (audio.Length != Count * tokens * width || scores.Length != Count * labels.Count)
        {
            throw new ArgumentException($"{audio.Length} values of {tokens} x {width} tokens and {scores.Length} scores of {labels.Count} labels are not of the same sounds.", nameof(audio));
        }
    }

    public int Count => audio.Length / (Tokens * Width);

    /// <summary>Of each sound.</summary>
    public int Tokens { get; }

    public int Width { get; }

    public IReadOnlyList<string> Labels => labels;

    /// <summary>[Tokens, Width].</summary>
    public ReadOnlyMemory<float> Audio(int sound) => audio.AsMemory(sound * Tokens * Width, Tokens * Width);

    /// <summary>The tags that guide: labels of at least that score, the strongest first.</summary>
    public string[] Tags(int sound, double threshold, int most) =>
    [
        .. Enumerable.Range(0, labels.Length).Select(l => (Label: labels[l], Score: scores[sound * labels.Length + l]))
            .Where(t => t.Score >= threshold).OrderByDescending(t => t.Score).Take(most).Select(t => t.Label),
    ];

    /// <summary>The same sounds, with what people said is heard where they said anything: scores of 1, and 0 for all else.</summary>
    /// <param name="given">Of each sound its labels, possibly none.</param>
    public HeardSounds WithLabels(IReadOnlyList<IReadOnlyList<string>> given)
    {
        string[] all = [.. labels.Concat(given.SelectMany(g => g).Select(Readable)).Distinct(StringComparer.Ordinal)];
        Dictionary<string, int> numbers = Enumerable.Range(0, all.Length).ToDictionary(l => all[l], StringComparer.Ordinal);
        float[] merged = new float[Size(Count, all.Length)];
        for (int s = 0; s < Count; s++)
        {
            if (given[s].Count == 0)
            {
                scores.AsSpan(s * labels.Length, labels.Length).CopyTo(merged.AsSpan(s * all.Length));
            }
            foreach (string label in given[s])
            {
                merged[s * all.Length + numbers[Readable(label)]] = 1;
            }
        }
        return new HeardSounds(audio, merged, all, Tokens, Width);
    }

    /// <summary>The tagger's labels, as they shall be read.</summary>
    public static string[] ReadLabels(string taggerFolder)
    {
        var table = CsvTable.Read(Path.Combine(taggerFolder, "labels.csv"));
        table.Require("label");
        return [.. Enumerable.Range(0, table.Count).Select(i => Readable(table[i, "label"]))];
    }

    /// <summary>From files beside the store, NAME.heardTOKENS-0.safetensors and on, as far as they are of these sounds and models; the rest is listened to and written there.</summary>
    /// <param name="store">The sounds.</param>
    /// <param name="model">Whose audio tower listens.</param>
    /// <param name="tokens">Tokens that the tower's are pooled to.</param>
    /// <param name="taggerFolder">Holds mn04.safetensors and labels.csv; null: without tags.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops it; the next call goes on.</param>
    /// <param name="partSounds">Sounds in a file: what is lost at most when listening is stopped.</param>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">The tower makes fewer tokens, the tagger knows other labels, or there are too many sounds for this machine's memory.</exception>
    public static HeardSounds OpenOrBuild(MelStore store, SoundModel model, int tokens, string? taggerFolder, TextWriter? progress, CancellationToken cancellation, int partSounds = PartSounds)
    {
        string weights = taggerFolder is null ? "" : Path.Combine(taggerFolder, "mn04.safetensors");
        string[] labels = taggerFolder is null ? [] : ReadLabels(taggerFolder);
        if (taggerFolder is not null && labels.Length != Mn04Tagger.Classes)
        {
            throw new ArgumentException($"{taggerFolder} has {labels.Length} labels, the tagger scores {Mn04Tagger.Classes}: take the labels.csv that belongs to it.", nameof(taggerFolder));
        }
        AudioTower tower = model.CopyAudio();
        string key = string.Create(CultureInfo.InvariantCulture, $"{model.Fingerprint} {tokens} {MaxWindows} {store.Digest} {(weights.Length > 0 ? DataHash.OfFile(weights) : "")}");
        int count = store.Entries.Count, width = tower.Shape.Width;
        float[] audio = new float[Size(count, tokens * width)], scores = new float[Size(count, labels.Length)];
        var listener = new Lazy<SoundListener>(() => new SoundListener(store, tower, weights.Length > 0 ? Mn04Tagger.Load(weights) : null, tokens));
        var clock = Stopwatch.StartNew();
        for (int first = 0, heard = 0; first < count; first += partSounds)
        {
            int some = Math.Min(partSounds, count - first);
            string path = string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(store.Path, null)}.heard{tokens}-{first / partSounds}.safetensors");
            if (ReadPart(path, key, some * tokens * width, some * labels.Length) is not { } part)
            {
                progress?.WriteLine($"{first:N0} of {count:N0} sounds heard by {(weights.Length > 0 ? "tower and tagger" : "the tower")}{(heard == 0 ? "" : $", {clock.Elapsed / heard * (count - first):h\\:mm\\:ss} left")}");
                part = (new float[some * tokens * width], new float[some * labels.Length]);
                listener.Value.Listen(first, part.Audio, part.Scores, cancellation);
                SafetensorsFile.Write(
                    path + ".tmp", [new Tensor(AudioName, [some, tokens, width], part.Audio), new Tensor(ScoresName, [some, labels.Length], part.Scores)],
                    new Dictionary<string, string> { [KeyName] = key });
                File.Move(path + ".tmp", path, overwrite: true);
                heard += some;
            }
            part.Audio.CopyTo(audio, first * tokens * width);
            part.Scores.CopyTo(scores, first * labels.Length);
        }
        return new HeardSounds(audio, scores, labels, tokens, width);
    }

    /// <summary>A part of these sizes; null if there is no such file, or it is of something else.</summary>
    private static (float[] Audio, float[] Scores)? ReadPart(string path, string key, int audioLength, int scoresLength)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault(KeyName) != key || !file.Entries.ContainsKey(AudioName) || !file.Entries.ContainsKey(ScoresName))
        {
            return null;
        }
        float[] audio = file.Read(AudioName).Data.ToArray(), scores = file.Read(ScoresName).Data.ToArray();
        return audio.Length == audioLength && scores.Length == scoresLength ? (audio, scores) : null;
    }

    /// <summary>"Dog_bark" to "dog bark".</summary>
    private static string Readable(string label) => label.Replace('_', ' ').ToLowerInvariant();

    private static int Size(int count, int values) => (long)count * values <= Array.MaxLength
        ? count * values
        : throw new ArgumentException($"{count:N0} sounds of {values:N0} values each are more than fit into memory at once: list fewer clips.", nameof(count));
}
