using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Contrastive;

/// <summary>
/// Noisy pictures of a few classes; of each item's frames one shows its class and the rest show others. Which one it is the source
/// knows and the trainer does not.
/// </summary>
internal sealed class SyntheticPairs : IPairSource
{
    private const int Side = 16;

    private readonly int[] classes;
    private readonly int[] agreeing;
    private readonly float[][] prototypes, vectors, frames;

    public SyntheticPairs(int count, int kinds, int frameCount, int width, ulong seed)
    {
        (Count, Kinds, FrameCount, Width) = (count, kinds, frameCount, width);
        var random = new RandomSource(seed);
        prototypes = [.. Enumerable.Range(0, kinds).Select(_ => Gaussian(random, Side * Side))];
        vectors = [.. Enumerable.Range(0, kinds).Select(_ => Unit(Gaussian(random, width)))];
        classes = [.. Enumerable.Range(0, count).Select(i => i % kinds)];
        agreeing = [.. Enumerable.Range(0, count).Select(_ => frameCount == 0 ? -1 : random.Next(frameCount))];
        frames = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, frameCount)
            .SelectMany(f => vectors[f == agreeing[i] ? classes[i] : (classes[i] + 1 + random.Next(kinds - 1)) % kinds]).ToArray())];
    }

    public int Count { get; }

    public int Kinds { get; }

    public int Width { get; }

    public int FrameCount { get; }

    public static AudioTowerShape Shape(int width) => new()
    {
        Frames = Side,
        Bins = Side,
        PatchHeight = 8,
        PatchWidth = 8,
        StrideHeight = 8,
        StrideWidth = 8,
        Width = 64,
        Heads = 1,
        Layers = 1,
        Embedding = width,
    };

    public int ClassOf(int item) => classes[item];

    public int Agreeing(int item) => agreeing[item];

    public ReadOnlySpan<float> ClassVector(int kind) => vectors[kind];

    public void Fill(int item, ulong draw, Span<float> input)
    {
        var random = new SampleRandom(draw, (ulong)item);
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = prototypes[classes[item]][i] + random.Uniform(-1, 1);
        }
    }

    public ReadOnlySpan<float> Frames(int item) => frames[item];

    public ReadOnlySpan<float> Captions(int item) => vectors[classes[item]];

    private static float[] Gaussian(RandomSource random, int length)
    {
        float[] values = new float[length];
        random.Fill(values, 1);
        return values;
    }

    private static float[] Unit(float[] vector)
    {
        UnitLength.Forward(vector, vector, 1, vector.Length);
        return vector;
    }
}
