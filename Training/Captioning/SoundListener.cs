using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Training.Captioning;

/// <summary>Two frozen models that hear sounds of a store: an audio tower, whose tokens are pooled along time, and a tagger, if there is one.</summary>
internal sealed class SoundListener
{
    private readonly MelStore store;
    private readonly AudioTower tower;
    private readonly Mn04Tagger? tagger;
    private readonly int tokens, own;

    /// <param name="store">The sounds.</param>
    /// <param name="tower">Reads them.</param>
    /// <param name="tagger">Scores them; or null.</param>
    /// <param name="tokens">Tokens that the tower's are pooled to.</param>
    /// <exception cref="ArgumentException">The tower makes fewer tokens.</exception>
    public SoundListener(MelStore store, AudioTower tower, Mn04Tagger? tagger, int tokens)
    {
        (this.store, this.tower, this.tagger, this.tokens) = (store, tower, tagger, tokens);
        own = tower.Shape.Tokens(tower.Shape.Frames) - tower.Shape.ClassTokens;
        if (own < tokens)
        {
            throw new ArgumentException($"The tower makes {own} tokens of a window; {tokens} are wanted.", nameof(tokens));
        }
    }

    /// <summary>
    /// Hears as many sounds as audio, [count, tokens, width], holds, from one on; all zero before. scores is [count, the tagger's classes].
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Listen(int from, float[] audio, float[] scores, CancellationToken cancellation)
    {
        int size = tokens * tower.Shape.Width, classes = scores.Length / (audio.Length / size);
        Parallel.For(
            0, audio.Length / size, new ParallelOptions { CancellationToken = cancellation },
            () => new Ears(tower),
            (s, _, ears) =>
            {
                Listen(from + s, audio.AsSpan(s * size, size), scores.AsSpan(s * classes, classes), ears);
                return ears;
            },
            _ => { });
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

    private void Listen(int sound, Span<float> audio, Span<float> scores, Ears ears)
    {
        AudioTowerShape shape = tower.Shape;
        int frames = shape.Frames, size = frames * shape.Bins, width = shape.Width, rows = own + shape.ClassTokens;
        int all = MelWindows.Count(store.Entries[sound].Frames, frames), windows = Math.Min(all, HeardSounds.MaxWindows);
        Span<float> mels = ears.Mels.AsSpan(0, windows * size);
        for (int w = 0; w < windows; w++)
        {
            int window = windows == 1 ? 0 : w * (all - 1) / (windows - 1);
            store.Features(sound, MelWindows.Start(store.Entries[sound].Frames, frames, window), mels.Slice(w * size, size));
        }
        tower.Forward(mels, windows, frames, ears.Buffers);
        Span<float> stream = ears.Buffers.Transformer.Output.Span[..(windows * rows * width)];
        // As ln_post leaves them: the residual stream itself has no scale.
        tower.NormPost.Forward(stream, stream, ears.Mean.AsSpan(0, windows * rows), ears.Rstd.AsSpan(0, windows * rows), windows * rows);
        for (int w = 0; w < windows; w++)
        {
            Pool(stream.Slice((w * rows + shape.ClassTokens) * width, own * width), audio, tokens, width, 1f / windows);
        }
        if (tagger is null)
        {
            return;
        }
        tagger.Run(mels, windows, frames, ears.Workspace, ears.Logits, ears.Embeddings);
        for (int w = 0; w < windows; w++)
        {
            TensorPrimitives.Sigmoid(ears.Logits.AsSpan(w * scores.Length, scores.Length), ears.Sigmoid);
            TensorPrimitives.Max(scores, ears.Sigmoid, scores);
        }
    }

    /// <summary>One thread's buffers.</summary>
    private sealed class Ears(AudioTower tower)
    {
        public float[] Mels { get; } = new float[HeardSounds.MaxWindows * tower.Shape.Frames * tower.Shape.Bins];

        public AudioTowerBuffers Buffers { get; } = new(tower, HeardSounds.MaxWindows, tower.Shape.Frames, training: false);

        public float[] Mean { get; } = new float[HeardSounds.MaxWindows * tower.Shape.Tokens(tower.Shape.Frames)];

        public float[] Rstd { get; } = new float[HeardSounds.MaxWindows * tower.Shape.Tokens(tower.Shape.Frames)];

        public TaggerWorkspace Workspace { get; } = new();

        public float[] Logits { get; } = new float[HeardSounds.MaxWindows * Mn04Tagger.Classes];

        public float[] Embeddings { get; } = new float[HeardSounds.MaxWindows * Mn04Tagger.EmbeddingWidth];

        public float[] Sigmoid { get; } = new float[Mn04Tagger.Classes];
    }
}
