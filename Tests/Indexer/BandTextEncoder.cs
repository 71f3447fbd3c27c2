using System.Numerics.Tensors;
using SoundSearch.Engine;

namespace SoundSearch.Tests.Indexer;

/// <summary>Texts into <see cref="BandEncoder"/>'s space: each known word stands for a band, other texts for all of them.</summary>
internal sealed class BandTextEncoder : ITextEncoder
{
    private static readonly Dictionary<string, int> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hum"] = 0,
        ["dog"] = 3,
        ["bark"] = 3,
        ["barking"] = 3,
        ["rain"] = 9,
        ["bell"] = 12,
        ["whistle"] = 15,
    };

    public int Dimensions => BandEncoder.Bands + 3;

    public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            Span<float> embedding = embeddings.Slice(i * Dimensions, Dimensions);
            embedding.Fill(1e-3f);
            foreach (string word in texts[i].Split(' '))
            {
                if (Words.TryGetValue(word, out int band))
                {
                    embedding[band] += 1;
                }
            }
            TensorPrimitives.Divide(embedding, TensorPrimitives.Norm<float>(embedding), embedding);
        }
    }
}
