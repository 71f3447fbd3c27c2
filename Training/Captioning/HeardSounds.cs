using System.Globalization;
using System.Numerics.Tensors;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tagger;
using Tensor = SoundSearch.Engine.Formats.Tensor;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// What two frozen models hear in the sounds of a store, once and for all: the audio tower's tokens, pooled along time, which the
/// captioner reads, and the tagger's scores, which guide it. Up to <see cref="MaxWindows"/> windows of a sound, evenly spread: tokens
/// are their mean, scores their maximum.
/// </summary>
public sealed class HeardSounds
{
    /// <summary>Long ambiences change little.</summary>
    public const int MaxWindows = 3;

    private const string KeyName = "key", AudioName = "audio", ScoresName = "scores";

    private readonly float[] audio;    // [sounds, tokens, width]
    private readonly float[] scores;   // [sounds, labels]
    private readonly string[] labels;

    /// <param name="audio">[sounds, tokens, width].</param>
    /// <param name="scores">[sounds, labels], 0..1.</param>
    /// <param name="labels">Names of the tags, as they shall be read.</param>
    /// <param name="tokens">Audio tokens of a sound.</param>
    /// <param name="width">Length of each.</param>
    public HeardSounds(float[] audio, float[] scores, IReadOnlyList<string> labels, int tokens, int width)
    {
        (this.audio, this.scores, this.labels, Tokens, Width) = (audio, scores, [.. labels], tokens, width);
        if (scores.Length % labels.Count != 0 || audio.Length != scores.Length / labels.Count * tokens * width)
        {
            throw new ArgumentException($"{audio.Length} values of {tokens} x {width} tokens and {scores.Length} scores of {labels.Count} labels are not of the same sounds.", nameof(audio));
        }
    }

    public int Count => scores.Length / labels.Length;

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

    /// <summary>The tagger's labels, lower case.</summary>
    public static string[] ReadLabels(string taggerFolder)
    {
        var table = CsvTable.Read(Path.Combine(taggerFolder, "labels.csv"));
        table.Require("label");
        return [.. Enumerable.Range(0, table.Count).Select(i => table[i, "label"].ToLowerInvariant())];
    }

    /// <summary>The file of that path if it is of these sounds and models; else they are listened to, which takes some minutes, and it is written.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="store">The sounds.</param>
    /// <param name="model">Whose audio tower listens.</param>
    /// <param name="tokens">Tokens that the tower's are pooled to.</param>
    /// <param name="taggerFolder">Holds mn04.safetensors and labels.csv.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops it; nothing is written then.</param>
    /// <exception cref="FileFormatException">A file is damaged.</exception>
    /// <exception cref="ArgumentException">The tower makes fewer tokens.</exception>
    public static HeardSounds OpenOrBuild(string path, MelStore store, SoundModel model, int tokens, string taggerFolder, TextWriter? progress, CancellationToken cancellation)
    {
        string[] labels = ReadLabels(taggerFolder);
        string weights = Path.Combine(taggerFolder, "mn04.safetensors");
        AudioTower tower = model.CopyAudio();
        string key = string.Create(CultureInfo.InvariantCulture, $"{model.Fingerprint} {tokens} {MaxWindows} {store.Digest} {DataHash.OfFile(weights)}");
        if (File.Exists(path))
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault(KeyName) == key && file.Entries.ContainsKey(AudioName) && file.Entries.ContainsKey(ScoresName))
            {
                return new HeardSounds(file.Read(AudioName).Data.ToArray(), file.Read(ScoresName).Data.ToArray(), labels, tokens, tower.Shape.Width);
            }
        }
        progress?.WriteLine($"{path}: what tower and tagger hear in {store.Entries.Count:N0} sounds, once");
        HeardSounds heard = Listen(store, tower, Mn04Tagger.Load(weights), labels, tokens, cancellation);
        int count = store.Entries.Count;
        SafetensorsFile.Write(
            path + ".tmp", [new Tensor(AudioName, [count, tokens, heard.Width], heard.audio), new Tensor(ScoresName, [count, labels.Length], heard.scores)],
            new Dictionary<string, string> { [KeyName] = key });
        File.Move(path + ".tmp", path, overwrite: true);
        return heard;
    }

    internal static HeardSounds Listen(MelStore store, AudioTower tower, Mn04Tagger tagger, string[] labels, int tokens, CancellationToken cancellation)
    {
        AudioTowerShape shape = tower.Shape;
        int count = store.Entries.Count, frames = shape.Frames, size = frames * shape.Bins, width = shape.Width, own = shape.Tokens(frames) - shape.ClassTokens;
        if (own < tokens || labels.Length != Mn04Tagger.Classes)
        {
            throw new ArgumentException($"The tower makes {own} tokens of a window and the tagger knows {labels.Length} labels; {tokens} and {Mn04Tagger.Classes} are wanted.", nameof(tokens));
        }
        float[] audio = new float[count * tokens * width], scores = new float[count * labels.Length];
        Parallel.For(
            0, count, new ParallelOptions { CancellationToken = cancellation },
            () => new Ears(tower, MaxWindows * size),
            (s, _, ears) =>
            {
                int all = MelWindows.Count(store.Entries[s].Frames, frames), windows = Math.Min(all, MaxWindows);
                Span<float> mels = ears.Mels.AsSpan(0, windows * size), heard = audio.AsSpan(s * tokens * width, tokens * width);
                for (int w = 0; w < windows; w++)
                {
                    int window = windows == 1 ? 0 : w * (all - 1) / (windows - 1);
                    store.Features(s, MelWindows.Start(store.Entries[s].Frames, frames, window), mels.Slice(w * size, size));
                }
                tower.Forward(mels, windows, frames, ears.Buffers);
                Span<float> stream = ears.Buffers.Transformer.Output.Span[..(windows * (own + shape.ClassTokens) * width)];
                // As ln_post leaves them: the residual stream itself has no scale.
                int rows = windows * (own + shape.ClassTokens);
                tower.NormPost.Forward(stream, stream, ears.Mean.AsSpan(0, rows), ears.Rstd.AsSpan(0, rows), rows);
                for (int w = 0; w < windows; w++)
                {
                    Pool(stream.Slice((w * (own + shape.ClassTokens) + shape.ClassTokens) * width, own * width), heard, tokens, width, 1f / windows);
                }
                tagger.Run(mels, windows, frames, ears.Workspace, ears.Logits, ears.Embeddings);
                Span<float> mine = scores.AsSpan(s * labels.Length, labels.Length);
                for (int w = 0; w < windows; w++)
                {
                    TensorPrimitives.Sigmoid(ears.Logits.AsSpan(w * labels.Length, labels.Length), ears.Sigmoid);
                    TensorPrimitives.Max(mine, ears.Sigmoid, mine);
                }
                return ears;
            },
            _ => { });
        return new HeardSounds(audio, scores, labels, tokens, width);
    }

    /// <summary>Adds to pooled [tokens, width] the means, times weight, of as many stretches of x [rows, width].</summary>
    internal static void Pool(ReadOnlySpan<float> x, Span<float> pooled, int tokens, int width, float weight)
    {
        int rows = x.Length / width;
        for (int t = 0; t < tokens; t++)
        {
            int from = t * rows / tokens, to = (t + 1) * rows / tokens;
            Span<float> sum = pooled.Slice(t * width, width);
            for (int r = from; r < to; r++)
            {
                TensorPrimitives.MultiplyAdd(x.Slice(r * width, width), weight / (to - from), sum, sum);
            }
        }
    }

    /// <summary>One thread's buffers.</summary>
    private sealed class Ears(AudioTower tower, int melValues)
    {
        public float[] Mels { get; } = new float[melValues];

        public AudioTowerBuffers Buffers { get; } = new(tower, MaxWindows, tower.Shape.Frames, training: false);

        public float[] Mean { get; } = new float[MaxWindows * tower.Shape.Tokens(tower.Shape.Frames)];

        public float[] Rstd { get; } = new float[MaxWindows * tower.Shape.Tokens(tower.Shape.Frames)];

        public TaggerWorkspace Workspace { get; } = new();

        public float[] Logits { get; } = new float[MaxWindows * Mn04Tagger.Classes];

        public float[] Embeddings { get; } = new float[MaxWindows * Mn04Tagger.EmbeddingWidth];

        public float[] Sigmoid { get; } = new float[Mn04Tagger.Classes];
    }
}
