using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Training.Videos;

/// <summary>
/// Windows of sounds, and beside them the frozen image tower's vectors of their videos' frames, the frozen text tower's of their texts
/// (with VIP-ANT's prompt and without), or both. Knows nothing of which frames agree.
/// </summary>
public sealed class VideoPairs : IPairSource
{
    private readonly SoundMixture sounds;
    private readonly int[] items;        // numbers of sounds
    private readonly VideoOptions options;
    private readonly ulong seed;
    private readonly float[][] frames;   // [FrameCount, Width] per item, or none at all
    private readonly float[][] captions; // [texts, Width] per item, or none at all

    /// <param name="world">Sounds, pictures and videos.</param>
    /// <param name="options">Masks and numbers.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>; null: without frames, and sounds that are in no video may be trained with.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="seed">Of the augmentation.</param>
    /// <param name="texts">Of sounds by number; sounds without, and those that are held out, stay out. Null: all training videos, without texts.</param>
    public VideoPairs(VideoWorld world, VideoOptions options, float[]? pictures, ITextEncoder text, ulong seed, IReadOnlyDictionary<int, string[]>? texts = null)
    {
        (sounds, this.options, this.seed, Width) = (world.Sounds, options, seed, text.Dimensions);
        bool HasTexts(int sound) => texts is null || texts.ContainsKey(sound);
        Videos = [.. Enumerable.Range(0, pictures is null ? 0 : world.Train.Count).Where(v => HasTexts(world.Train[v].Sound))];
        frames = pictures is null ? [] : [.. Videos.Select(v => PictureVectors.Rows(pictures, Width, world.Train[v].Pictures))];
        items = pictures is null ? [.. Enumerable.Range(0, sounds.Count).Where(s => HasTexts(s) && !world.IsHeldOut(s))] : [.. Videos.Select(v => world.Train[v].Sound)];
        captions = texts is null ? [] : CaptionVectors.Of([.. items.Select(s => texts[s])], text);
    }

    /// <summary>For each item the number of its training video; empty without frames.</summary>
    public IReadOnlyList<int> Videos { get; }

    public int Count => items.Length;

    public int Width { get; }

    public int FrameCount => frames.Length == 0 ? 0 : options.Frames;

    public void Fill(int item, ulong draw, Span<float> input) =>
        SoundWindow.Augmented(sounds.Rows(items[item]), options.Masks, new SampleRandom(seed + draw, (ulong)items[item]), input);

    public ReadOnlySpan<float> Frames(int item) => frames.Length == 0 ? default : frames[item];

    public ReadOnlySpan<float> Captions(int item) => captions.Length == 0 ? default : captions[item];
}
