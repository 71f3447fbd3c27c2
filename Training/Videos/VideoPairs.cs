using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Videos;

/// <summary>
/// The training videos: windows of their sounds, and beside them the frozen image tower's vectors of their frames and the frozen text
/// tower's of their sounds' texts (with VIP-ANT's prompt and without). Knows nothing of which frames agree.
/// </summary>
public sealed class VideoPairs : IPairSource
{
    private readonly SoundMixture sounds;
    private readonly IReadOnlyList<Video> videos;
    private readonly VideoOptions options;
    private readonly ulong seed;
    private readonly float[][] frames;   // [FrameCount, Width] per video
    private readonly float[][] captions; // [texts, Width] per video

    /// <param name="world">Sounds, pictures and videos.</param>
    /// <param name="options">Masks and numbers.</param>
    /// <param name="pivot">The frozen image tower; used here only.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="seed">Of the augmentation.</param>
    public VideoPairs(VideoWorld world, VideoOptions options, AudioTower pivot, ITextEncoder text, ulong seed)
    {
        (sounds, videos, this.options, this.seed, Width) = (world.Sounds, world.Train, options, seed, text.Dimensions);
        int[] pictures = [.. videos.SelectMany(v => v.Pictures).Distinct().Order()];
        float[] vectors = PictureVectors.Of(pivot, world.Store, pictures);
        frames = [.. videos.Select(v => v.Pictures.SelectMany(p => vectors.AsSpan(Array.BinarySearch(pictures, p) * Width, Width).ToArray()).ToArray())];
        Dictionary<string, float[]> known = new(StringComparer.Ordinal);
        captions = [.. videos.Select(v =>
        {
            string words = world.Texts[v.Sound]!; // a sound without a text is in no video
            if (!known.TryGetValue(words, out float[]? pair))
            {
                known[words] = pair = new float[2 * Width];
                text.Encode([words, ZeroShot.Prompt + words], pair);
            }
            return pair;
        })];
    }

    public int Count => videos.Count;

    public int Width { get; }

    public int FrameCount => options.Frames;

    public void Fill(int item, ulong draw, Span<float> input) =>
        SoundWindow.Augmented(sounds.Rows(videos[item].Sound), options, new SampleRandom(seed + draw, (ulong)videos[item].Sound), input);

    public ReadOnlySpan<float> Frames(int item) => frames[item];

    public ReadOnlySpan<float> Captions(int item) => captions[item];
}
