using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Losses;
using SoundSearch.Training.Optimizers;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Optimizers;

public sealed class OptimizerStateTests
{
    [TestCase("adam")]
    [TestCase("adamw")]
    [TestCase("lars")]
    [TestCase("muon and adamw")]
    public void A_restored_run_goes_on_bit_for_bit(string kind)
    {
        string path = Path.Combine(Path.GetTempPath(), $"checkpoint-{Guid.NewGuid():n}");
        try
        {
            (Parameter[] straight, IOptimizer first) = Make(kind);
            var mean = new RunningMean(straight);
            for (int step = 0; step < 3; step++)
            {
                Advance(straight, first, mean, step);
            }
            Checkpoint.Save(path, Everything(straight, first, mean), new Dictionary<string, string> { ["step"] = "3" });
            Advance(straight, first, mean, 3);

            (Parameter[] resumed, IOptimizer second) = Make(kind);
            var secondMean = new RunningMean(resumed);
            using (Checkpoint checkpoint = Checkpoint.Open(path))
            {
                checkpoint.Restore(Everything(resumed, second, secondMean));
                second.Steps = secondMean.Updates = checkpoint.Number("step");
            }
            Advance(resumed, second, secondMean, 3);
            foreach ((Tensor a, Tensor b) in Everything(straight, first, mean).Zip(Everything(resumed, second, secondMean)))
            {
                Assert.That(b.Data.ToArray(), Is.EqualTo(a.Data.ToArray()), a.Name);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Two_optimisers_for_one_parameter_are_refused()
    {
        Parameter p = Parameter.Create("w", 2, 2);
        Assert.That(() => new OptimizerSet(new Adam([p], new AdamOptions()), new Muon([p], new MuonOptions())), Throws.ArgumentException.With.Message.Contains("w"));
    }

    [Test]
    public void Clipping_keeps_the_direction_and_reports_the_norm()
    {
        Parameter p = Parameter.Create("w", 2);
        new float[] { 3, 4 }.CopyTo(p.Gradient);
        Assert.That(Parameter.ClipGradients([p], 10), Is.EqualTo(5).Within(1e-6));
        Assert.That(p.Gradient.ToArray(), Is.EqualTo(new float[] { 3, 4 }));
        Assert.That(Parameter.ClipGradients([p], 1), Is.EqualTo(5).Within(1e-6));
        Assert.That(p.Gradient.ToArray(), Is.EqualTo(new[] { 0.6f, 0.8f }).Within(1e-6f));
    }

    [Test]
    public void The_running_mean_of_constant_weights_is_those_weights()
    {
        Parameter p = Parameter.Create("w", 5);
        var mean = new RunningMean([p]);
        p.Value.Span.Fill(3);
        for (int i = 0; i < 200; i++)
        {
            mean.Update();
        }
        mean.Exchange();
        Assert.That(p.Value.ToArray(), Is.All.EqualTo(3).Within(1e-3)); // the start of 0 is forgotten early
        mean.Exchange();
        Assert.That(p.Value.ToArray(), Is.All.EqualTo(3));
    }

    private static (Parameter[] Parameters, IOptimizer Optimizer) Make(string kind)
    {
        Parameter[] p = [Parameter.Create("a", 6, 5), Parameter.Create("b", 5), Parameter.Create("c", 7, 2)];
        for (int i = 0; i < p.Length; i++)
        {
            Differences.Random(p[i].Value.Length, i).CopyTo(p[i].Value);
        }
        return (p, kind switch
        {
            "adam" => new Adam(p, new AdamOptions(WeightDecay: 0.01)),
            "adamw" => new AdamW(p, new AdamOptions(WeightDecay: 0.01)),
            "lars" => new Lars(p, new LarsOptions()),
            _ => new OptimizerSet(new AdamW([p[1]], new AdamOptions()), new Muon([p[0], p[2]], new MuonOptions())),
        });
    }

    private static void Advance(Parameter[] parameters, IOptimizer optimizer, RunningMean mean, int step)
    {
        foreach (Parameter p in parameters)
        {
            Differences.Random(p.Value.Length, (100 * step) + p.Name[0]).CopyTo(p.Gradient);
        }
        optimizer.Step(1 / (1.0 + step));
        mean.Update();
    }

    private static Tensor[] Everything(Parameter[] p, IOptimizer optimizer, RunningMean mean) => [.. p.Select(x => x.Tensor), .. optimizer.State, .. mean.State];
}
