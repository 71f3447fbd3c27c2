using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Contrastive;

public class ContrastiveRunTests
{
    private const int Width = 32, Kinds = 8;
    private static readonly ContrastiveOptions small = new() { Epochs = 6, Batch = 16, LearningRate = 2e-3, Seed = 5 };

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("contrastive-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase(FrameRule.Random)]
    [TestCase(FrameRule.Multi)]
    public void A_tower_that_never_met_a_text_finds_classes_through_pictures(FrameRule rule)
    {
        // One frame in four shows what is heard; chance is 1 in 8.
        var pairs = new SyntheticPairs(192, Kinds, 4, Width, 1);
        Assert.That(Train(small with { Frames = rule }, pairs).Accuracy, Is.GreaterThan(0.6));
    }

    [Test]
    public void Nearest_match_finds_the_agreeing_frame_far_more_often_than_chance()
    {
        var pairs = new SyntheticPairs(192, Kinds, 4, Width, 2);
        (double accuracy, IReadOnlyList<int> chosen) = Train(small with { Frames = FrameRule.Nearest, RandomEpochs = 4, Epochs = 8 }, pairs);
        double agreement = Enumerable.Range(0, pairs.Count).Count(i => chosen[i] == pairs.Agreeing(i)) / (double)pairs.Count;
        Assert.Multiple(() =>
        {
            Assert.That(accuracy, Is.GreaterThan(0.6));
            Assert.That(agreement, Is.GreaterThan(0.6)); // chance: 0.25
        });
    }

    [TestCase(OptimizerKind.AdamW)]
    [TestCase(OptimizerKind.Muon)]
    public void Captions_teach_better_than_mostly_wrong_frames(OptimizerKind optimizer)
    {
        var pairs = new SyntheticPairs(192, Kinds, 0, Width, 3);
        Assert.That(Train(small with { ImageWeight = 0, TextWeight = 1, Optimizer = optimizer }, pairs).Accuracy, Is.GreaterThan(0.9));
    }

    [Test]
    public void With_LARS_and_the_papers_schedule_the_loss_falls()
    {
        var pairs = new SyntheticPairs(128, Kinds, 0, Width, 3);
        Train(small with { ImageWeight = 0, TextWeight = 1, Optimizer = OptimizerKind.Lars, WeightRate = 2, BiasRate = 0.05, Epochs = 10 }, pairs);
        double[] losses = Losses();
        Assert.That(losses[^1], Is.LessThan(losses[0] - 0.2));
    }

    [Test]
    public void A_run_that_was_stopped_ends_with_the_same_weights_as_one_that_was_not()
    {
        var pairs = new SyntheticPairs(64, Kinds, 4, Width, 4);
        ContrastiveOptions options = small with { Frames = FrameRule.Nearest, RandomEpochs = 1, Epochs = 3, TextWeight = 0.5f };
        Train(options, pairs, "straight");
        Assert.That(Train(options, pairs, "stopped", stopAfterValidations: 1).Finished, Is.False);
        Train(options, pairs, "stopped");
        Assert.That(Bytes("stopped"), Is.EqualTo(Bytes("straight")));

        byte[] Bytes(string run) => File.ReadAllBytes(Path.Combine(folder, run, TrainingLoop.CheckpointName));
    }

    [Test]
    public void A_run_without_progress_ends_when_patience_is_over_and_keeps_the_best_weights()
    {
        var pairs = new SyntheticPairs(64, Kinds, 0, Width, 4);
        int validations = 0;
        using var run = new ContrastiveRun(small with { ImageWeight = 0, TextWeight = 1, Epochs = 50, Patience = 3 }, Tower(), pairs);
        bool finished = run.Run(Path.Combine(folder, "run"), ["figure"], _ => [validations++ == 2 ? 1 : 0], null, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(finished);
            Assert.That(validations, Is.EqualTo(6)); // the third was the best, then three more
        });
    }

    [Test]
    public void Without_patience_the_last_weights_are_kept_whatever_validation_says()
    {
        var pairs = new SyntheticPairs(64, Kinds, 0, Width, 4);
        byte[] rising = Weights("rising", 0, 1), falling = Weights("falling", 0, -1), first = Weights("first", 50, -1);
        Assert.Multiple(() =>
        {
            Assert.That(falling, Is.EqualTo(rising));
            Assert.That(first, Is.Not.EqualTo(rising), "with patience, those of the best validation");
        });

        byte[] Weights(string name, int patience, int direction)
        {
            int validations = 0;
            using var run = new ContrastiveRun(small with { ImageWeight = 0, TextWeight = 1, Epochs = 3, Patience = patience }, Tower(), pairs);
            run.Run(Path.Combine(folder, name), ["figure"], _ => [direction * ++validations], null, CancellationToken.None);
            return File.ReadAllBytes(Path.Combine(folder, name, ContrastiveRun.WeightsName));
        }
    }

    [Test]
    public void A_checkpoint_of_another_recipe_is_refused()
    {
        var pairs = new SyntheticPairs(64, Kinds, 4, Width, 4);
        Train(small with { Epochs = 1 }, pairs);
        Assert.That(() => Train(small with { Epochs = 1, Seed = 6 }, pairs), Throws.TypeOf<FileFormatException>().With.Message.Contains("recipe"));
    }

    [Test]
    public void A_recipe_that_asks_for_what_the_pairs_lack_says_so()
    {
        var pairs = new SyntheticPairs(64, Kinds, 0, Width, 4);
        Assert.Multiple(() =>
        {
            Assert.That(() => new ContrastiveRun(small, Tower(), pairs), Throws.ArgumentException.With.Message.Contains("no pictures"));
            Assert.That(() => new ContrastiveRun(small with { ImageWeight = 0 }, Tower(), pairs), Throws.ArgumentException.With.Message.Contains("weight above 0"));
            Assert.That(() => new ContrastiveRun(small with { ImageWeight = 0, TextWeight = 1, Batch = 65, Shards = 1 }, Tower(), pairs), Throws.ArgumentException.With.Message.Contains("64 pairs"));
            Assert.That(() => new ContrastiveRun(small with { Batch = 15 }, Tower(), pairs), Throws.ArgumentException.With.Message.Contains("equal parts"));
            Assert.That(
                () => new ContrastiveRun(small with { ImageWeight = 0, TextWeight = 1 }, Tower(), new SyntheticPairs(64, Kinds, 0, 16, 4)),
                Throws.ArgumentException.With.Message.Contains("16 values"));
        });
    }

    [Test]
    public void The_nearest_frame_is_the_one_of_highest_cosine()
    {
        float[] sound = [0.6f, 0.8f], frames = [1, 0, 0, 1, 0.8f, 0.6f];
        Assert.That(FrameChoice.Nearest(sound, frames), Is.EqualTo(2));
    }

    private static AudioTower Tower()
    {
        AudioTowerShape shape = SyntheticPairs.Shape(Width);
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, 7);
        return new AudioTower(weights, shape);
    }

    private Outcome Train(ContrastiveOptions options, SyntheticPairs pairs, string name = "run", int stopAfterValidations = int.MaxValue)
    {
        using var stop = new CancellationTokenSource();
        using var run = new ContrastiveRun(options, Tower(), pairs);
        double accuracy = 0;
        int validations = 0;
        bool finished = run.Run(Path.Combine(folder, name), ["accuracy"], tower =>
        {
            accuracy = Accuracy(tower, pairs);
            if (++validations == stopAfterValidations)
            {
                stop.Cancel();
            }
            return [accuracy];
        }, null, stop.Token);
        return new Outcome(accuracy, run.ChosenFrames, finished);
    }

    /// <summary>Zero-shot over the class vectors, on draws that training never made.</summary>
    private static double Accuracy(AudioTower tower, SyntheticPairs pairs)
    {
        int size = tower.Shape.Frames * tower.Shape.Bins;
        float[] inputs = new float[pairs.Count * size];
        for (int i = 0; i < pairs.Count; i++)
        {
            pairs.Fill(i, ulong.MaxValue, inputs.AsSpan(i * size, size));
        }
        var buffers = new AudioTowerBuffers(tower, pairs.Count, tower.Shape.Frames, training: false);
        tower.Forward(inputs, pairs.Count, tower.Shape.Frames, buffers);
        float[] names = [.. Enumerable.Range(0, pairs.Kinds).SelectMany(k => pairs.ClassVector(k).ToArray())];
        SimilarityMatrix scores = SimilarityMatrix.Cosine(buffers.Embeddings.Span[..(pairs.Count * Width)], names, Width);
        return Classification.Measure(scores, [.. Enumerable.Range(0, pairs.Count).Select(pairs.ClassOf)], [.. Enumerable.Range(0, pairs.Kinds).Select(k => $"{k}")]).Accuracy;
    }

    private double[] Losses() => [.. File.ReadLines(Path.Combine(folder, "run", TrainingLoop.LogName)).Skip(1)
        .Select(l => double.Parse(l.Split(',')[3], System.Globalization.CultureInfo.InvariantCulture))];

    private sealed record Outcome(double Accuracy, IReadOnlyList<int> Chosen, bool Finished)
    {
        public void Deconstruct(out double accuracy, out IReadOnlyList<int> chosen) => (accuracy, chosen) = (Accuracy, Chosen);
    }
}
