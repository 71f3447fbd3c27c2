using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Pocket;

public class ZeroShotTests
{
    private const int Frames = 16, Bins = 16;

    private static readonly AudioTowerShape shape = new() { Stem = StemKind.Conv, Frames = Frames, Bins = Bins, Width = 32, Heads = 1, Layers = 1, Embedding = 8, Pool = Pool.Mean };

    [Test]
    public void Names_that_lie_where_the_sounds_lie_are_all_right_and_swapped_ones_all_wrong()
    {
        AudioTower tower = Tower();
        float[] low = Noise(1), high = Noise(2);
        LabelledClip[] clips = [new("low", low), new("high", high), new("low", low), new("high", high)];
        Dictionary<string, float[]> places = new() { ["the sound of low"] = Embed(tower, low), ["the sound of high"] = Embed(tower, high) };
        Dictionary<string, float[]> swapped = new() { ["the sound of low"] = places["the sound of high"], ["the sound of high"] = places["the sound of low"] };
        Assert.Multiple(() =>
        {
            Assert.That(new ZeroShot(clips, new Table(places)).Measure(tower).Accuracy, Is.EqualTo(1));
            Assert.That(new ZeroShot(clips, new Table(swapped)).Measure(tower).Accuracy, Is.Zero);
            Assert.That(new ZeroShot(clips, new Table(places)).Measure(tower).Precision, Is.EqualTo(0.4).Within(1e-9), "two of the first five, as there are only two");
        });
    }

    private static AudioTower Tower()
    {
        var parameters = new ParameterSet(shape.Layout());
        Initialiser.Fill(parameters, shape.Transformer, 1);
        return new AudioTower(parameters, shape);
    }

    private static float[] Noise(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Frames * Bins).Select(_ => random.NextSingle() * 4 - 2)];
    }

    private static float[] Embed(AudioTower tower, float[] mels)
    {
        var buffers = new AudioTowerBuffers(tower, 1, Frames, training: false);
        tower.Forward(mels, 1, Frames, buffers);
        float[] unit = new float[shape.Embedding];
        UnitLength.Forward(buffers.Embeddings.Span[..shape.Embedding], unit, 1, shape.Embedding);
        return unit;
    }

    private sealed class Table(Dictionary<string, float[]> vectors) : ITextEncoder
    {
        public int Dimensions => shape.Embedding;

        public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            for (int i = 0; i < texts.Count; i++)
            {
                vectors[texts[i]].CopyTo(embeddings[(i * Dimensions)..]);
            }
        }
    }
}
