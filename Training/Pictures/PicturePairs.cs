using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Pictures as inputs, each with vectors of its words by a frozen text tower: its name, and its name with each of its tags (a tag alone,
/// "face", would fit hundreds of others in the batch). Holds the vectors in memory, those of equal words once.
/// </summary>
public sealed class PicturePairs : IPairSource
{
    private readonly PictureStore store;
    private readonly IReadOnlyList<int> pictures;
    private readonly ulong seed;
    private readonly float[][] captions; // [texts, Width] per item

    /// <param name="store">Owned by the caller.</param>
    /// <param name="pictures">Numbers of those to use.</param>
    /// <param name="text">Makes the words' vectors, here only.</param>
    /// <param name="seed">Of the augmentation.</param>
    public PicturePairs(PictureStore store, IReadOnlyList<int> pictures, ITextEncoder text, ulong seed)
    {
        (this.store, this.pictures, this.seed, Width) = (store, pictures, seed, text.Dimensions);
        Dictionary<string, float[]> known = new(StringComparer.Ordinal);
        captions = [.. pictures.Select(p =>
        {
            string[] texts = Texts(store.Entries[p].Info.Words);
            string key = string.Join('\n', texts);
            if (!known.TryGetValue(key, out float[]? vectors))
            {
                known[key] = vectors = new float[texts.Length * Width];
                text.Encode(texts, vectors);
            }
            return vectors;
        })];
    }

    public int Count => pictures.Count;

    public int Width { get; }

    public int FrameCount => 0;

    public void Fill(int item, ulong draw, Span<float> input) =>
        PictureInput.Augment(store.Pixels(pictures[item]), store.Side, new SampleRandom(seed + draw, (ulong)pictures[item]), input);

    public ReadOnlySpan<float> Frames(int item) => [];

    public ReadOnlySpan<float> Captions(int item) => captions[item];

    internal static string[] Texts(string[] words) => [words[0], .. words.Skip(1).Select(tag => $"{words[0]}, {tag}")];
}
