using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Contrastive;
using SoundSearch.Tests.Training.Heads;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Heads;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public class TrainingPrecisionTests
{
    private const int Width = 32;

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("precision-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Both_backward_products_of_a_layer_are_rounded()
    {
        const int Rows = 7, Outputs = 5, Inputs = 12;
        ParameterSet weights = new([new("w", [Outputs, Inputs])]), gradients = weights.ZerosLike();
        float[] dy = Noise(Rows * Outputs, 1), x = Noise(Rows * Inputs, 2), dx = new float[x.Length], expected = new float[x.Length], dw = new float[Outputs * Inputs];
        Noise(weights.Values.Length, 3).CopyTo(weights.Values);
        var layer = new Linear(weights.With(TrainingPrecision.Bfloat16Managed.Options()), "w", null, Outputs, Inputs);
        LinearBackward.Run(layer, new Linear(gradients, "w", null, Outputs, Inputs), dy, x, dx, Rows);

        float[] w = Round([.. weights.Values]), roundedDy = Round(dy), roundedX = Round(x);
        Scalar.Gemm(roundedDy, Outputs, true, roundedX, Inputs, false, dw, Inputs, Outputs, Inputs, Rows, 0);
        Scalar.Gemm(roundedDy, Outputs, false, w, Inputs, false, expected, Inputs, Rows, Inputs, Outputs, 0);
        Assert.That(Goldens.MaxDifference([.. gradients.Values], dw), Is.LessThan(1e-5));
        Assert.That(Goldens.MaxDifference(dx, expected), Is.LessThan(1e-5));
    }

    [Test]
    public void A_towers_gradient_is_near_the_float32_one_but_not_it()
    {
        var pairs = new SyntheticPairs(64, 8, 4, Width, 3);
        float[] Gradient(TrainingPrecision precision)
        {
            using var run = new ContrastiveRun(new ContrastiveOptions { Batch = 32, Precision = precision }, Tower(), pairs);
            run.Step(0);
            return Gradients.Of(run.Parameters);
        }
        double distance = Gradients.Distance(Gradient(TrainingPrecision.Bfloat16Managed), Gradient(TrainingPrecision.Float32));
        TestContext.Out.WriteLine($"{distance:P2} of its length");
        Assert.That(distance, Is.InRange(1e-4, 0.03));
    }

    [Test]
    public void Over_three_seeds_the_loss_stays_within_the_spread_of_seeds()
    {
        double[][] Curves(TrainingPrecision precision) => [.. Enumerable.Range(1, 3).Select(seed =>
        {
            string run = Path.Combine(folder, $"{precision}-{seed}");
            using var training = new ContrastiveRun(
                new ContrastiveOptions { Epochs = 6, Batch = 16, LearningRate = 2e-3, Seed = (ulong)seed, Precision = precision }, Tower(seed), new SyntheticPairs(192, 8, 4, Width, 1));
            training.Run(run, ["none"], _ => [0], null, CancellationToken.None);
            return File.ReadLines(Path.Combine(run, TrainingLoop.LogName)).Skip(1).Select(l => double.Parse(l.Split(',')[3], System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        })];
        double[][] full = Curves(TrainingPrecision.Float32), rounded = Curves(TrainingPrecision.Bfloat16Managed);
        Assert.That(full[0][^1], Is.LessThan(full[0][0] - 0.2), "nothing was learned");
        for (int row = 0; row < full[0].Length; row++)
        {
            double spread = full.Max(c => c[row]) - full.Min(c => c[row]), shift = Math.Abs(full.Average(c => c[row]) - rounded.Average(c => c[row]));
            TestContext.Out.WriteLine($"{full.Average(c => c[row]):F4} and {rounded.Average(c => c[row]):F4}, spread {spread:F4}");
            Assert.That(shift, Is.LessThan(spread), $"row {row}");
            Assert.That(shift, Is.Not.Zero);
        }
    }

    [Test]
    public void Weights_are_kept_in_float32()
    {
        // Updates far below bfloat16's steps of 2^-8 of a value arrive nevertheless.
        AudioTower tower = Tower();
        float[] start = [.. tower.Parameters.Values];
        using var run = new ContrastiveRun(
            new ContrastiveOptions { Epochs = 1, Batch = 16, LearningRate = 1e-6, Optimizer = OptimizerKind.AdamW, Precision = TrainingPrecision.Bfloat16Managed }, tower, new SyntheticPairs(64, 8, 4, Width, 1));
        run.Run(folder, ["none"], _ => [0], null, CancellationToken.None);
        double[] moved = [.. start.Zip(tower.Parameters.Values.ToArray(), (a, b) => Math.Abs((double)a - b))];
        Assert.That(moved.Count(d => d > 0), Is.GreaterThan(moved.Length / 2));
        Assert.That(moved.Max(), Is.LessThan(1e-5));
    }

    [TestCase(HeadScope.LastBlocks)]
    [TestCase(HeadScope.All)]
    public void Heads_learn_with_it_and_are_measured_without(HeadScope scope)
    {
        var sounds = new SyntheticSounds(96, 4, 3);
        var options = new HeadOptions { Scope = scope, Blocks = 1, Epochs = 12, Batch = 16, HeadRate = 1e-2, TowerRate = 1e-3, Precision = TrainingPrecision.Bfloat16Managed };
        KFoldFigures figures = KFold.Run(options, SyntheticSounds.Tower(), sounds, folder, null, CancellationToken.None);
        Assert.That(figures.Joined.Accuracy, Is.GreaterThan(0.85)); // chance: 0.25
    }

    [Test]
    public void Where_it_is_not_the_message_says_what_was_asked_what_there_is_and_what_to_do()
    {
        if (OneDnn.Supports(Precision.BFloat16))
        {
            Assert.That(TrainingPrecision.Bfloat16.Options().Provider, Is.EqualTo(GemmProvider.OneDnn));
            return;
        }
        Assert.That(
            () => new ContrastiveRun(new ContrastiveOptions { Precision = TrainingPrecision.Bfloat16 }, Tower(), new SyntheticPairs(64, 8, 4, Width, 3)),
            Throws.ArgumentException.With.Message.Contains("BFloat16 products by oneDNN were asked for")
                .And.Message.Contains(OneDnn.IsAvailable ? "this processor: it has" : "libdnnl").And.Message.Contains("se Float32").And.Message.Contains("bfloat16Managed"));
    }

    [Test]
    public void Recipes_name_it_and_older_checkpoints_do_not()
    {
        Assert.That(new ContrastiveOptions().ToJson(), Does.Not.Contain("precision"));
        Assert.That(new ContrastiveOptions { Precision = TrainingPrecision.Bfloat16 }.ToJson(), Does.Contain("\"precision\":\"bfloat16\""));
    }

    private static AudioTower Tower(int seed = 7)
    {
        AudioTowerShape shape = SyntheticPairs.Shape(Width);
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, seed);
        return new AudioTower(weights, shape);
    }

    private static float[] Noise(int length, ulong seed)
    {
        float[] values = new float[length];
        new RandomSource(seed).Fill(values, 1);
        return values;
    }

    /// <summary>Products with 1 are the rounded values.</summary>
    private static float[] Round(float[] values)
    {
        float[] rounded = new float[values.Length];
        Gemm.Multiply(GemmProvider.Managed, Precision.BFloat16, values, 1, false, [1], 1, false, rounded, 1, values.Length, 1, 1);
        return rounded;
    }
}
