using System.Numerics.Tensors;
using SoundSearch.Engine;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Training.Curation;

/// <summary>
/// Captions that are nearest to pictures in the frozen towers' common space: VIP-ANT's curation. The search is the library's own, exact
/// one: a few thousand pictures among tens of thousands of captions are found sooner than a graph of them is built.
/// </summary>
public sealed class CaptionMiner
{
    private const int Batch = 512;

    private readonly IReadOnlyList<string> captions;
    private readonly int width;
    private readonly Half[] vectors; // [captions, width]

    /// <param name="captions">At least one.</param>
    /// <param name="prompt">Put before each of them.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    public CaptionMiner(IReadOnlyList<string> captions, string prompt, ITextEncoder text)
    {
        (this.captions, width) = (captions, text.Dimensions);
        vectors = new Half[(long)captions.Count * width];
        float[] batch = new float[Batch * width];
        for (int first = 0; first < captions.Count; first += Batch)
        {
            string[] texts = [.. captions.Skip(first).Take(Batch).Select(c => prompt + c)];
            Span<float> encoded = batch.AsSpan(0, texts.Length * width);
            text.Encode(texts, encoded);
            TensorPrimitives.ConvertToHalf(encoded, vectors.AsSpan(first * width));
        }
    }

    /// <summary>The captions nearest to any of a clip's frames, best first, each once with its highest cosine.</summary>
    /// <param name="frames">Unit vectors [frames, width].</param>
    /// <param name="count">How many; fewer where there are no more.</param>
    public IReadOnlyList<(string Caption, float Cosine)> Nearest(ReadOnlySpan<float> frames, int count)
    {
        int[] places = new int[count];
        float[] cosines = new float[count];
        Dictionary<int, float> best = [];
        for (int frame = 0; frame < frames.Length; frame += width)
        {
            int found = ExactSearch.Search(vectors, frames.Slice(frame, width), count, places, cosines);
            for (int i = 0; i < found; i++)
            {
                best[places[i]] = Math.Max(cosines[i], best.GetValueOrDefault(places[i], -1));
            }
        }
        return [.. best.OrderByDescending(b => b.Value).ThenBy(b => b.Key).Take(count).Select(b => (captions[b.Key], b.Value))];
    }
}
