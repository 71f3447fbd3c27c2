using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Run;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;
using SoundSearch.Training.Tagger;

namespace SoundSearch.Tests.Training.Pocket;

/// <summary>The audio stage at a tiny size with the real tagger, which lies beside the checkout.</summary>
public class AudioDistillationTests
{
    private const int Width = 16, Frames = 64;

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("distil-audio-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_run_that_was_stopped_ends_with_the_same_weights_as_one_that_was_not()
    {
        string tagger = SharedData.Require("teachers/mn04/mn04.safetensors");
        using var sounds = new TestFolder();
        new MelStoreBuilder(sounds.Store).Build([sounds.Sound("a", TestSounds.Noise(40_000, 1)), sounds.Sound("b", TestSounds.Noise(9000, 2), "rain")]);
        using MelStore store = MelStore.Open(sounds.Store);
        byte[] Weights(string run) => File.ReadAllBytes(Path.Combine(folder, run, AudioDistillation.WeightsName));

        Train(store, tagger, "straight", stopAfter: int.MaxValue);
        Train(store, tagger, "stopped", stopAfter: 3);
        Train(store, tagger, "stopped", stopAfter: int.MaxValue);
        Assert.That(Weights("stopped"), Is.EqualTo(Weights("straight")));
        Assert.That(Path.Combine(folder, "straight", "audio.before-decay"), Does.Exist);
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    public void Passes_give_the_gradient_of_the_whole_batch(int accumulate)
    {
        string tagger = SharedData.Require("teachers/mn04/mn04.safetensors");
        using var sounds = new TestFolder();
        new MelStoreBuilder(sounds.Store).Build([sounds.Sound("a", TestSounds.Noise(40_000, 1)), sounds.Sound("b", TestSounds.Noise(9000, 2), "rain")]);
        using MelStore store = MelStore.Open(sounds.Store);
        // Patches: batch norm would see a pass at a time.
        AudioTowerShape shape = Shape with { Stem = StemKind.Patch, PatchHeight = 16, PatchWidth = 128, StrideHeight = 16, StrideWidth = 128 };
        (double[] losses, float[] gradient) whole = Step(0), passes = Step(accumulate);
        Assert.That(passes.losses, Is.EqualTo(whole.losses).Within(1e-3));
        Assert.That(Gradients.Distance(passes.gradient, whole.gradient), Is.LessThan(1e-4));

        (double[] Losses, float[] Gradient) Step(int accumulate)
        {
            using AudioDistillation distillation = Make(store, tagger, shape, new AudioDistillationOptions { Samples = 24, Batch = 10, Accumulate = accumulate });
            return (distillation.Step(0), Gradients.Of(distillation.Parameters));
        }
    }

    private static AudioTowerShape Shape { get; } =
        new() { Stem = StemKind.Conv, Frames = Frames, Bins = Mn04Tagger.Bins, Width = 64, Heads = 1, Layers = 1, Embedding = Width, Pool = Pool.Mean };

    private static AudioDistillation Make(MelStore store, string tagger, AudioTowerShape shape, AudioDistillationOptions options)
    {
        var mixture = new SoundMixture([store]);
        var feeder = new SampleFeeder(new Augmenter(mixture, 3, frames: Frames), Mn04Tagger.Load(tagger));
        string[] labels = [.. Enumerable.Range(0, Mn04Tagger.Classes).Select(i => $"label {i}")];
        var text = new HashEncoder();
        float[] clip = new float[Frames * Mn04Tagger.Bins];
        var zeroShot = new ZeroShot([new LabelledClip("a", clip), new LabelledClip("b", clip)], text);
        return new AudioDistillation(options, shape, feeder, new CaptionSource(mixture, CaptionSource.Words([])), labels, text, zeroShot);
    }

    private void Train(MelStore store, string tagger, string run, int stopAfter)
    {
        var options = new AudioDistillationOptions { Samples = 24, Batch = 4, WarmupSteps = 2, LogEvery = 1, ValidationEvery = 3, CheckpointEvery = 6 };
        using AudioDistillation distillation = Make(store, tagger, Shape, options);
        using var stop = new CancellationTokenSource();
        var counting = new StopAfter(stopAfter, stop);
        bool finished = distillation.Run(Path.Combine(folder, run), counting, stop.Token);
        Assert.That(finished, Is.EqualTo(stopAfter == int.MaxValue));
    }

    /// <summary>A progress writer that stops the run after so many lines, one per step.</summary>
    private sealed class StopAfter(int lines, CancellationTokenSource stop) : StringWriter
    {
        private int written;

        public override void WriteLine(string? value)
        {
            if (++written == lines)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Unit vectors that depend on the text alone.</summary>
    private sealed class HashEncoder : ITextEncoder
    {
        public int Dimensions => Width;

        public void Encode(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            for (int i = 0; i < texts.Count; i++)
            {
                int seed = texts[i].Aggregate(17, (hash, c) => unchecked(hash * 31 + c));
                var random = new RandomSource((ulong)(uint)seed);
                random.Fill(embeddings.Slice(i * Width, Width), 1);
            }
            UnitLength.Forward(embeddings, embeddings, texts.Count, Width);
        }
    }
}
