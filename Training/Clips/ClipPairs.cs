using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Clips;

/// <summary>Windows of clips, and beside them the frozen image tower's vectors of their frames, the frozen text tower's of their texts, or both.</summary>
public sealed class ClipPairs : IPairSource
{
    private readonly ClipData data;
    private readonly Clip[] clips;
    private readonly SpectrogramMasks masks;
    private readonly ulong seed;
    private readonly float[][] frames;   // [FrameCount, Width] per clip, or none at all
    private readonly float[][] captions; // [texts, Width] per clip, or none at all

    /// <param name="data">Its training clips.</param>
    /// <param name="masks">Of the augmentation.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>; null: without frames.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="seed">Of the augmentation.</param>
    /// <param name="texts">Of clips by name; clips without stay out. Null: all training clips, without texts.</param>
    public ClipPairs(ClipData data, SpectrogramMasks masks, float[]? pictures, ITextEncoder text, ulong seed, IReadOnlyDictionary<string, string[]>? texts = null)
    {
        (this.data, this.masks, this.seed, Width) = (data, masks, seed, text.Dimensions);
        clips = [.. data.Train.Where(c => texts is null || texts.ContainsKey(c.Name))];
        frames = pictures is null ? [] : [.. clips.Select(c => PictureVectors.Rows(pictures, Width, c.Pictures))];
        captions = texts is null ? [] : CaptionVectors.Of([.. clips.Select(c => texts[c.Name])], text);
    }

    public int Count => clips.Length;

    public int Width { get; }

    public int FrameCount => frames.Length == 0 ? 0 : frames[0].Length / Width;

    public void Fill(int item, ulong draw, Span<float> input) =>
        SoundWindow.Augmented(data.Rows(clips[item]), masks, new SampleRandom(seed + draw, (ulong)item), input);

    public ReadOnlySpan<float> Frames(int item) => frames.Length == 0 ? default : frames[item];

    public ReadOnlySpan<float> Captions(int item) => captions.Length == 0 ? default : captions[item];
}
