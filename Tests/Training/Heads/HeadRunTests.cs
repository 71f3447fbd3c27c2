using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Run;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Heads;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Heads;

public class HeadRunTests
{
    private const int Kinds = 4;

    private static readonly HeadOptions small = new() { Blocks = 1, Epochs = 12, Batch = 16, HeadRate = 1e-2, TowerRate = 1e-3, Seed = 3 };

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("heads-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase(HeadScope.Probe, HeadInput.Pooled, HeadLoss.Softmax)]
    [TestCase(HeadScope.Probe, HeadInput.Embedding, HeadLoss.PerLabel)]
    [TestCase(HeadScope.LastBlocks, HeadInput.Embedding, HeadLoss.Softmax)]
    [TestCase(HeadScope.All, HeadInput.Pooled, HeadLoss.PerLabel)]
    public void Sounds_that_were_not_learned_are_classified(HeadScope scope, HeadInput input, HeadLoss loss)
    {
        var sounds = new SyntheticSounds(96, Kinds, 3);
        using HeadRun run = Train(small with { Scope = scope, Input = input, Loss = loss, Epochs = scope == HeadScope.Probe ? 60 : 15 }, sounds, Items(64), out _);
        int[] others = [.. Enumerable.Range(64, 32)];
        Classification result = Classification.Measure(run.Scores(others), [.. others.Select(i => i % Kinds)], sounds.Classes);
        Assert.That(result.Accuracy, Is.GreaterThan(0.85)); // chance: 0.25
    }

    [Test]
    public void Several_labels_of_a_sound_are_learned_at_once()
    {
        // Kinds 0 and 1 carry a common label as well, the last one.
        var sounds = new SyntheticSounds(96, Kinds, 3) { More = (_, target) => target[Kinds - 1] = target[0] + target[1] > 0 ? 1 : target[Kinds - 1] };
        using HeadRun run = Train(small with { Loss = HeadLoss.PerLabel, Epochs = 80 }, sounds, Items(64), out _);
        int[] others = [.. Enumerable.Range(64, 32)];
        double[] precision = AveragePrecision.PerClass(run.Scores(others), (row, label) => sounds.Target(others[row])[label] > 0);
        Assert.That(AveragePrecision.Mean(precision), Is.GreaterThan(0.9));
    }

    [TestCase(HeadInput.Pooled)]
    [TestCase(HeadInput.Embedding)]
    public void Training_the_last_block_leaves_everything_below_it_as_it_was_bit_for_bit(HeadInput input)
    {
        AudioTower start = SyntheticSounds.Tower();
        using HeadRun run = Train(small with { Scope = HeadScope.LastBlocks, Input = input, Epochs = 3 }, new SyntheticSounds(32, Kinds, 2), Items(32), out SoundClassifier trained);
        foreach ((Tensor before, Tensor after) in start.Parameters.Tensors.Zip(trained.Tower.Parameters.Tensors))
        {
            bool learns = before.Name.StartsWith("encoder.resblocks.1.") || before.Name.StartsWith("post_encoder.ln") || (before.Name == "post_encoder.proj" && input == HeadInput.Embedding);
            Assert.That(before.Span.SequenceEqual(after.Span), Is.EqualTo(!learns), before.Name);
        }
    }

    [Test]
    public void Training_everything_moves_every_parameter_but_an_unread_projection()
    {
        AudioTower start = SyntheticSounds.Tower();
        using HeadRun run = Train(small with { Scope = HeadScope.All, Epochs = 3 }, new SyntheticSounds(32, Kinds, 2), Items(32), out SoundClassifier trained);
        string[] still = [.. start.Parameters.Tensors.Zip(trained.Tower.Parameters.Tensors).Where(p => p.First.Span.SequenceEqual(p.Second.Span)).Select(p => p.First.Name)];
        Assert.That(still, Is.EqualTo(new[] { "post_encoder.proj" }));
    }

    [Test]
    public void Stopping_the_way_back_early_changes_nothing_above()
    {
        AudioTower tower = SyntheticSounds.Tower(StemKind.Patch); // computes the same in training and in use, but for rounding
        ParameterSet early = Gradients(firstBlock: 1, trainStem: false), late = Gradients(firstBlock: 0, trainStem: false), whole = Gradients(firstBlock: 0, trainStem: true);
        Assert.Multiple(() =>
        {
            for (int t = 0; t < early.Tensors.Count; t++)
            {
                string name = early.Tensors[t].Name;
                bool above = name.StartsWith("encoder.resblocks.1.") || name.StartsWith("post_encoder."), block = name.StartsWith("encoder.");
                float[] expected = whole.Tensors[t].Data.ToArray(), nothing = new float[expected.Length];
                Assert.That(early.Tensors[t].Data.ToArray(), Is.EqualTo(above ? late.Tensors[t].Data.ToArray() : nothing), name);
                Assert.That(late.Tensors[t].Data.ToArray(), Is.EqualTo(above || block ? expected : nothing).Within(1e-3f), name);
                Assert.That(expected, Has.Some.Not.Zero, name);
            }
        });

        ParameterSet Gradients(int firstBlock, bool trainStem)
        {
            float[] inputs = new float[3 * 16 * 16], up = new float[3 * 24];
            new RandomSource(5).Fill(inputs, 1);
            new RandomSource(6).Fill(up, 1);
            var buffers = new AudioTowerBuffers(tower, 3, 16, training: true, trainStem);
            ParameterSet gradients = tower.Parameters.ZerosLike();
            new AudioTower(tower.Parameters, tower.Shape).Forward(inputs, 3, 16, buffers);
            new AudioTowerBackward(tower, gradients, 3, 16).Run(inputs, buffers, up, firstBlock: firstBlock);
            return gradients;
        }
    }

    [TestCase(HeadScope.LastBlocks, HeadInput.Pooled, HeadLoss.Softmax, 2)]
    [TestCase(HeadScope.LastBlocks, HeadInput.Embedding, HeadLoss.PerLabel, 3)]
    [TestCase(HeadScope.All, HeadInput.Pooled, HeadLoss.PerLabel, 8)]
    [TestCase(HeadScope.All, HeadInput.Embedding, HeadLoss.Softmax, 5)]
    public void Passes_give_the_gradient_of_the_whole_batch(HeadScope scope, HeadInput input, HeadLoss loss, int accumulate)
    {
        var sounds = new SyntheticSounds(48, Kinds, 3);
        (double loss, float[] gradient) whole = Step(0), passes = Step(accumulate);
        Assert.That(passes.loss, Is.EqualTo(whole.loss).Within(1e-5));
        Assert.That(Gradients.Distance(passes.gradient, whole.gradient), Is.LessThan(1e-4));

        (double Loss, float[] Gradient) Step(int accumulate)
        {
            var classifier = new SoundClassifier(SyntheticSounds.Tower(StemKind.Patch), Kinds, input); // no batch norm, which sees a pass at a time
            new RandomSource(9).Fill(classifier.Parameters.Values, 0.1);
            using var run = new HeadRun(small with { Scope = scope, Input = input, Loss = loss, Accumulate = accumulate }, classifier, sounds, Items(32));
            return (run.Step(0)[0], Gradients.Of(run.Parameters));
        }
    }

    [Test]
    public void A_frozen_stem_runs_in_training_as_it_does_in_use()
    {
        AudioTower tower = SyntheticSounds.Tower();
        float[] inputs = new float[4 * 16 * 16];
        new RandomSource(5).Fill(inputs, 2);
        var training = new AudioTowerBuffers(tower, 4, 16, training: true, trainStem: false);
        var use = new AudioTowerBuffers(tower, 4, 16, training: false);
        tower.Forward(inputs, 4, 16, training);
        tower.Forward(inputs, 4, 16, use);
        Assert.That(training.Normal.ToArray(), Is.EqualTo(use.Normal.ToArray()).Within(1e-4f));
        var backward = new AudioTowerBackward(tower, tower.Parameters.ZerosLike(), 4, 16);
        var whole = new AudioTowerBuffers(tower, 4, 16, training: true);
        tower.Forward(inputs, 4, 16, whole);
        Assert.That(() => backward.Run(inputs, whole, new float[4 * 24], firstBlock: 1), Throws.ArgumentException.With.Message.Contains("stem"));
    }

    [TestCase(HeadScope.Probe)]
    [TestCase(HeadScope.LastBlocks)]
    [TestCase(HeadScope.All)]
    public void A_run_that_was_stopped_ends_with_the_same_weights_as_one_that_was_not(HeadScope scope)
    {
        var sounds = new SyntheticSounds(48, Kinds, 3);
        HeadOptions options = small with { Scope = scope, Epochs = 4, Input = HeadInput.Embedding };
        Train(options, sounds, Items(32), out _, "straight").Dispose();
        using (var stop = new CancellationTokenSource())
        {
            var watched = new SyntheticSounds(48, Kinds, 3) { More = Cancel(stop, after: 90) };
            using var run = new HeadRun(options, Classifier(sounds, options.Input), watched, Items(32));
            Assert.That(run.Run(Path.Combine(folder, "stopped"), [], null, stop.Token), Is.False);
        }
        Train(options, sounds, Items(32), out _, "stopped").Dispose();
        Assert.That(Bytes("stopped", TrainingLoop.CheckpointName), Is.EqualTo(Bytes("straight", TrainingLoop.CheckpointName)));
        Assert.That(Bytes("stopped", HeadRun.WeightsName), Is.EqualTo(Bytes("straight", HeadRun.WeightsName)));

        byte[] Bytes(string run, string name) => File.ReadAllBytes(Path.Combine(folder, run, name));
    }

    [Test]
    public void Kept_weights_are_read_back_and_give_the_same_answers()
    {
        var sounds = new SyntheticSounds(32, Kinds, 2);
        using HeadRun run = Train(small with { Scope = HeadScope.All, Epochs = 2 }, sounds, Items(32), out SoundClassifier trained);
        SoundClassifier fresh = Classifier(sounds, HeadInput.Pooled);
        fresh.Load(Path.Combine(folder, "run", HeadRun.WeightsName));
        Assert.That(fresh.Scores(fresh.Vectors(sounds, [0, 5])).Row(1).ToArray(), Is.EqualTo(run.Scores([0, 5]).Row(1).ToArray()));
        Assert.That(() => Classifier(new SyntheticSounds(32, 5, 2), HeadInput.Pooled).Load(Path.Combine(folder, "run", HeadRun.WeightsName)), Throws.TypeOf<FileFormatException>());
    }

    [Test]
    public void With_patience_a_run_ends_early_and_keeps_its_best_epoch()
    {
        var sounds = new SyntheticSounds(96, Kinds, 3);
        using HeadRun run = Train(small with { Epochs = 500, Patience = 3 }, sounds, Items(64), out _, validation: [.. Enumerable.Range(64, 32)]);
        Assert.That(File.ReadLines(Path.Combine(folder, "run", TrainingLoop.LogName)).Count(), Is.LessThan(250));
    }

    [Test]
    public void Checkpoints_of_another_recipe_another_tower_or_other_sounds_are_refused()
    {
        var sounds = new SyntheticSounds(48, Kinds, 3);
        HeadOptions options = small with { Epochs = 1 };
        Train(options, sounds, Items(32), out _).Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(() => Train(options with { Seed = 9 }, sounds, Items(32), out _), Throws.TypeOf<FileFormatException>().With.Message.Contains("recipe"));
            Assert.That(() => Train(options, sounds, [.. Enumerable.Range(1, 32)], out _), Throws.TypeOf<FileFormatException>());
            AudioTower other = SyntheticSounds.Tower();
            other.Parameters.Values[0] += 1;
            using var run = new HeadRun(options, new SoundClassifier(other, Kinds, HeadInput.Pooled), sounds, Items(32));
            Assert.That(() => run.Run(Path.Combine(folder, "run"), [], null, CancellationToken.None), Throws.TypeOf<FileFormatException>());
        });
    }

    [Test]
    public void Recipes_that_cannot_be_run_say_why()
    {
        var sounds = new SyntheticSounds(32, Kinds, 2);
        Assert.Multiple(() =>
        {
            Refused(small with { Batch = 15 }, "equal parts");
            Refused(small with { Batch = 64 }, "fewer than a batch");
            Refused(small with { Epochs = 0 }, "epochs");
            Refused(small with { Input = HeadInput.Embedding }, "reads Pooled");
            Refused(small with { Scope = HeadScope.LastBlocks, Blocks = 3 }, "2 blocks");
            Refused(small with { Scope = HeadScope.LastBlocks, Blocks = 0 }, "2 blocks");
            Assert.That(() => new HeadRun(small, Classifier(new SyntheticSounds(32, 5, 2), HeadInput.Pooled), sounds, Items(32)), Throws.ArgumentException.With.Message.Contains("4 classes, the head 5"));
            var several = new SyntheticSounds(32, Kinds, 2) { More = (_, target) => Array.Fill(target, 1) };
            Assert.That(() => new HeadRun(small, Classifier(several, HeadInput.Pooled), several, Items(32)), Throws.ArgumentException.With.Message.Contains("exactly one label"));
            using var patient = new HeadRun(small with { Patience = 2 }, Classifier(sounds, HeadInput.Pooled), sounds, Items(32));
            Assert.That(() => patient.Run(folder, [], null, CancellationToken.None), Throws.ArgumentException.With.Message.Contains("validate"));
        });

        void Refused(HeadOptions options, string reason) =>
            Assert.That(() => new HeadRun(options, Classifier(sounds, HeadInput.Pooled), sounds, Items(32)), Throws.ArgumentException.With.Message.Contains(reason));
    }

    private static int[] Items(int count) => [.. Enumerable.Range(0, count)];

    private static SoundClassifier Classifier(SyntheticSounds sounds, HeadInput input) =>
        new(SyntheticSounds.Tower(), sounds.Classes.Count, input);

    /// <summary>Targets are asked for in every step: cancels after so many of them.</summary>
    private static Action<int, float[]> Cancel(CancellationTokenSource stop, int after)
    {
        int asked = 0;
        return (_, _) =>
        {
            if (Interlocked.Increment(ref asked) == after)
            {
                stop.Cancel();
            }
        };
    }

    private HeadRun Train(
        HeadOptions options, SyntheticSounds sounds, int[] items, out SoundClassifier classifier, string name = "run", int[]? validation = null)
    {
        classifier = Classifier(sounds, options.Input);
        var run = new HeadRun(options, classifier, sounds, items);
        Assert.That(run.Run(Path.Combine(folder, name), validation ?? [], null, CancellationToken.None));
        return run;
    }
}
