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

    /// <summary>The captions nearest to a clip's frames, each once: the nearest of each frame in turn, then the second nearest, and so on.</summary>
    /// <param name="frames">Unit vectors [frames, width].</param>
    /// <param name="count">How many; fewer where there are no more.</param>
    public IReadOnlyList<(string Caption, float Cosine)> Nearest(ReadOnlySpan<float> frames, int count)
    {
        int depth = Math.Min(count, captions.Count), number = frames.Length / width;
        int[] places = new int[number * depth];     // [frames, depth]
        float[] cosines = new float[number * depth];
        for (int f = 0; f < number; f++)
        {
            ExactSearch.Search(vectors, frames.Slice(f * width, width), depth, places.AsSpan(f * depth), cosines.AsSpan(f * depth));
        }
        List<(string, float)> found = [];
        HashSet<int> taken = [];
        for (int i = 0; i < places.Length && found.Count < depth; i++)
        {
            int at = i % number * depth + i / number;
            if (taken.Add(places[at]))
            {
                found.Add((captions[places[at]], cosines[at]));
            }
        }
        return found;
    }
}
