using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Run;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Contrastive;

namespace SoundSearch.Tests.Training.Contrastive;

/// <summary>A batch in several passes against the same batch at once.</summary>
public class AccumulationTests
{
    private const int Width = 32;

    private static readonly SyntheticPairs pairs = new(96, 8, 4, Width, 3);

    [Test]
    public void Passes_give_the_gradient_of_the_whole_batch_whether_they_divide_it_or_not()
    {
        Gen<Case> cases =
            from shards in Gen.Choose(1, 2)
            from rows in Gen.Choose(2, 11)
            from passes in Gen.Choose(2, rows)
            from rule in Gen.Elements(FrameRule.Random, FrameRule.Nearest, FrameRule.Multi)
            from text in Gen.Elements(0f, 0.5f)
            select new Case(shards, rows, passes, rule, text);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var options = new ContrastiveOptions { Batch = c.Shards * c.Rows, Shards = c.Shards, Frames = c.Rule, RandomEpochs = 0, TextWeight = c.Text };
            (double loss, float[] gradient) = Step(options, Patches());
            (double lossOfPasses, float[] gradientOfPasses) = Step(options with { Accumulate = c.Passes }, Patches());
            Assert.That(lossOfPasses, Is.EqualTo(loss).Within(1e-5), $"{c}");
            Assert.That(Gradients.Distance(gradientOfPasses, gradient), Is.LessThan(1e-4), $"{c}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Test]
    public void Averaging_the_gradients_of_smaller_batches_would_be_another_thing()
    {
        // The control of the test above: fewer negatives give another loss.
        var options = new ContrastiveOptions { Batch = 16, Shards = 1, ImageWeight = 0, TextWeight = 1 };
        float[] whole = Step(options, Patches()).Gradient, halves = Step(options with { Batch = 8 }, Patches()).Gradient;
        using var run = new ContrastiveRun(options with { Batch = 8 }, Patches(), pairs);
        run.Step(1); // the epoch's next eight, which are the other half of the sixteen
        float[] average = [.. Gradients.Of(run.Parameters).Zip(halves, (a, b) => (a + b) / 2)];
        Assert.That(Gradients.Distance(average, whole), Is.GreaterThan(0.05));
    }

    [Test]
    public void Running_statistics_follow_the_mean_over_passes()
    {
        // Batch norm sees a pass at a time: another gradient, but the first layer's mean over equal passes is the batch's.
        float[] Mean(int accumulate)
        {
            AudioTower tower = Convolutions();
            Step(new ContrastiveOptions { Batch = 16, Accumulate = accumulate }, tower);
            return ((ConvStem)tower.Stem).Layers[0].RunningMean.ToArray();
        }
        float[] once = Mean(0);
        Assert.That(once, Has.All.Not.Zero);
        Assert.That(Gradients.Distance(Mean(4), once), Is.LessThan(0.01)); // (1 - m / 4)^4 is not quite 1 - m
    }

    [Test]
    public void Memory_falls_with_the_rows_of_a_pass()
    {
        // Everything a run holds is allocated by its constructor on this thread; activations are most of it.
        long Bytes(int accumulate)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            using var run = new ContrastiveRun(new ContrastiveOptions { Batch = 96, Accumulate = accumulate }, Patches(), pairs);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Bytes(0); // what is made once
        (long whole, long eighth) = (Bytes(0), Bytes(8));
        TestContext.Out.WriteLine($"{whole:N0} bytes at once, {eighth:N0} in eight passes");
        Assert.That(eighth, Is.LessThan(whole / 2));
    }

    [Test]
    public void A_recipe_without_passes_reads_as_before_there_were_any()
    {
        // Checkpoints hold the recipe as text, and those of earlier versions go on.
        Assert.That(new ContrastiveOptions().ToJson(), Does.Not.Contain("accumulate"));
        Assert.That(new ContrastiveOptions { Accumulate = 2 }.ToJson(), Does.Contain("\"accumulate\":2"));
    }

    [Test]
    public void More_passes_than_a_shard_has_rows_are_refused() => Assert.That(
        () => new ContrastiveRun(new ContrastiveOptions { Batch = 16, Accumulate = 9 }, Patches(), pairs),
        Throws.ArgumentException.With.Message.Contains("8 samples").And.Message.Contains("'accumulate'"));

    private static (double Loss, float[] Gradient) Step(ContrastiveOptions options, AudioTower tower)
    {
        using var run = new ContrastiveRun(options, tower, pairs);
        double loss = run.Step(0)[0];
        return (loss, Gradients.Of(run.Parameters));
    }

    private static AudioTower Patches() => Tower(SyntheticPairs.Shape(Width));

    private static AudioTower Convolutions() => Tower(SyntheticPairs.Shape(Width) with { Stem = StemKind.Conv, StemChannels = [4, 8], Pool = Pool.Mean });

    private static AudioTower Tower(AudioTowerShape shape)
    {
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, 7);
        return new AudioTower(weights, shape);
    }

    private sealed record Case(int Shards, int Rows, int Passes, FrameRule Rule, float Text);
}
