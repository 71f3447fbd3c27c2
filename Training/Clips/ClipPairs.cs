using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Clips;

/// <summary>Windows of clips, and beside them the frozen image tower's vectors of their frames.</summary>
public sealed class ClipPairs : IPairSource
{
    private readonly ClipData data;
    private readonly SpectrogramMasks masks;
    private readonly ulong seed;
    private readonly float[][] frames; // [FrameCount, Width] per clip

    /// <param name="data">Its training clips.</param>
    /// <param name="masks">Of the augmentation.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>.</param>
    /// <param name="width">Length of a vector.</param>
    /// <param name="seed">Of the augmentation.</param>
    public ClipPairs(ClipData data, SpectrogramMasks masks, float[] pictures, int width, ulong seed)
    {
        (this.data, this.masks, this.seed, Width) = (data, masks, seed, width);
        frames = [.. data.Train.Select(c => PictureVectors.Rows(pictures, width, c.Pictures))];
    }

    public int Count => frames.Length;

    public int Width { get; }

    public int FrameCount => frames[0].Length / Width;

    public void Fill(int item, ulong draw, Span<float> input) =>
        SoundWindow.Augmented(data.Rows(data.Train[item]), masks, new SampleRandom(seed + draw, (ulong)item), input);

    public ReadOnlySpan<float> Frames(int item) => frames[item];

    public ReadOnlySpan<float> Captions(int item) => default;
}
