using SoundSearch.Engine;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Contrastive;

/// <summary>The frozen text tower's vectors of items' captions, each caption plain and with VIP-ANT's prompt.</summary>
internal static class CaptionVectors
{
    private const int Batch = 256;

    /// <summary>For each item [2 * captions, Dimensions]: a caption's two vectors after each other. One that several items have is computed once.</summary>
    public static float[][] Of(IReadOnlyList<string[]> captions, ITextEncoder text)
    {
        int width = text.Dimensions;
        string[] distinct = [.. captions.SelectMany(c => c).Distinct().Order(StringComparer.Ordinal)];
        float[] vectors = new float[distinct.Length * 2 * width];
        for (int first = 0; first < distinct.Length; first += Batch)
        {
            string[] some = [.. distinct.Skip(first).Take(Batch).SelectMany(t => new[] { t, ZeroShot.Prompt + t })];
            text.Encode(some, vectors.AsSpan(first * 2 * width, some.Length * width));
        }
        return [.. captions.Select(own => own.SelectMany(t => vectors.AsSpan(Array.BinarySearch(distinct, t, StringComparer.Ordinal) * 2 * width, 2 * width).ToArray()).ToArray())];
    }
}
