using SoundSearch.Engine;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Contrastive;

public class CaptionVectorsTests
{
    [Test]
    public void Each_caption_is_there_plain_and_with_the_prompt_and_computed_once()
    {
        var text = new LengthEncoder();
        float[][] vectors = CaptionVectors.Of([["rain", "a dog"], [], ["a dog"]], text);
        float prompt = ZeroShot.Prompt.Length;
        Assert.That(vectors, Is.EqualTo(new[] { [4, prompt + 4, 5, prompt + 5], Array.Empty<float>(), [5, prompt + 5] }));
        Assert.That(text.Encoded, Is.EqualTo(4));
    }

    [Test]
    public void More_captions_than_are_encoded_at_once_keep_their_places()
    {
        string[][] captions = [.. Enumerable.Range(0, 600).Select(i => new[] { new string('x', i + 1) })];
        Assert.That(CaptionVectors.Of(captions, new LengthEncoder()).Select(v => v[0]), Is.EqualTo(Enumerable.Range(1, 600).Select(n => (float)n)));
    }

    private sealed class LengthEncoder : ITextEncoder
    {
        public int Encoded { get; private set; }

        public int Dimensions => 1;

        public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            Encoded += texts.Count;
            for (int i = 0; i < texts.Count; i++)
            {
                embeddings[i] = texts[i].Length;
            }
        }
    }
}
