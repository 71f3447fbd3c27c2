using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Heads;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Heads;

/// <summary>Noisy pictures of a few classes, two windows each, in folds; with wrong labels if asked for.</summary>
internal sealed class SyntheticSounds : ILabelledSounds
{
    private const int Side = 16;

    private readonly float[][] prototypes;
    private readonly float[][] targets;
    private readonly ulong seed;

    public SyntheticSounds(int count, int kinds, int folds, ulong seed = 1, bool random = false)
    {
        (Count, this.seed) = (count, seed);
        var source = new RandomSource(seed);
        prototypes = [.. Enumerable.Range(0, kinds).Select(_ => Gaussian(source))];
        Classes = [.. Enumerable.Range(0, kinds).Select(k => $"kind {k}")];
        targets = [.. Enumerable.Range(0, count).Select(i => OneHot(random ? source.Next(kinds) : Kind(i), kinds))];
        FoldOf = i => $"{i / kinds % folds + 1}";
        RecordingOf = i => $"recording {i}";
    }

    public int Count { get; }

    public IReadOnlyList<string> Classes { get; }

    public Func<int, string> FoldOf { get; init; }

    public Func<int, string> RecordingOf { get; init; }

    /// <summary>Labels besides the own one.</summary>
    public Action<int, float[]>? More { get; init; }

    public static AudioTowerShape Shape(StemKind stem) => new()
    {
        Stem = stem,
        Frames = Side,
        Bins = Side,
        StemChannels = [4, 8],
        PatchHeight = 8,
        PatchWidth = 8,
        StrideHeight = 8,
        StrideWidth = 8,
        Width = 32,
        Heads = 2,
        Layers = 2,
        Embedding = 24,
        Pool = Pool.Mean,
    };

    public static AudioTower Tower(StemKind stem = StemKind.Conv)
    {
        AudioTowerShape shape = Shape(stem);
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, 7);
        return new AudioTower(weights, shape);
    }

    public ReadOnlySpan<float> Target(int item)
    {
        float[] target = [.. targets[item]];
        More?.Invoke(item, target);
        return target;
    }

    public string Fold(int item) => FoldOf(item);

    public string Recording(int item) => RecordingOf(item);

    public int Windows(int item) => 2;

    public void Window(int item, int window, Span<float> input) => Fill(item, ulong.MaxValue - (ulong)window, input);

    public void Draw(int item, ulong draw, Span<float> input) => Fill(item, draw, input);

    private int Kind(int item) => item % prototypes.Length;

    private void Fill(int item, ulong draw, Span<float> input)
    {
        var random = new SampleRandom(draw ^ seed, (ulong)item);
        float[] prototype = prototypes[Kind(item)];
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = prototype[i] + random.Uniform(-1, 1);
        }
    }

    private static float[] Gaussian(RandomSource source)
    {
        float[] values = new float[Side * Side];
        source.Fill(values, 1);
        return values;
    }

    private static float[] OneHot(int kind, int kinds)
    {
        float[] target = new float[kinds];
        target[kind] = 1;
        return target;
    }
}
