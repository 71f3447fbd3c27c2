using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Captioning;

/// <summary>Windows of sounds, and beside them the frozen text tower's vectors of their captions, with VIP-ANT's prompt and without.</summary>
public sealed class CaptionPairs : IPairSource
{
    private readonly MelStore store;
    private readonly int[] sounds;
    private readonly float[][] captions; // [texts, Width] per sound
    private readonly SpectrogramMasks masks;
    private readonly ulong seed;

    /// <param name="store">The sounds.</param>
    /// <param name="pairs">Number of a sound and its captions, at least one.</param>
    /// <param name="options">Masks.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="seed">Of the augmentation.</param>
    public CaptionPairs(MelStore store, IEnumerable<(int Sound, string[] Captions)> pairs, CaptionPairsOptions options, ITextEncoder text, ulong seed)
    {
        (this.store, this.seed, Width) = (store, seed, text.Dimensions);
        masks = new SpectrogramMasks(options.MaskBins, options.MaskFrames);
        (int Sound, string[] Captions)[] all = [.. pairs];
        sounds = [.. all.Select(p => p.Sound)];
        captions = CaptionVectors.Of([.. all.Select(p => p.Captions)], text);
    }

    public int Count => sounds.Length;

    public int Width { get; }

    public int FrameCount => 0;

    public void Fill(int item, ulong draw, Span<float> input) =>
        SoundWindow.Augmented(store.Rows(sounds[item]), masks, new SampleRandom(seed + draw, (ulong)sounds[item]), input);

    public ReadOnlySpan<float> Frames(int item) => default;

    public ReadOnlySpan<float> Captions(int item) => captions[item];
}
