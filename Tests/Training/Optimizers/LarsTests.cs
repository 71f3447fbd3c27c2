using SoundSearch.Engine.Formats;
using SoundSearch.Training.Optimizers;

namespace SoundSearch.Tests.Training.Optimizers;

public sealed class LarsTests
{
    private static readonly string[] names = ["w", "b", "w_zero", "s"];

    [TestCase("wd1e-6", 1e-6)]
    [TestCase("wd0.01_big_lr", 0.01)]
    public void Twelve_steps_from_the_original_gradients_end_where_the_original_ends(string run, double decay)
    {
        using SafetensorsFile file = Goldens.Open("optimizer.safetensors");
        Parameter[] parameters = [.. names.Select(n => Parameter.Create(n, file.Entries[$"{run}.init.{n}"].Shape))];
        foreach (Parameter p in parameters)
        {
            file.Read($"{run}.init.{p.Name}").Data.CopyTo(p.Value);
        }
        double[] rates = file.ReadAs<double>(run + ".lr");
        // The golden's rates are final ones, [step, (weights, biases)].
        var lars = new Lars(parameters, new LarsOptions(WeightRate: 0.2, BiasRate: 0.0048, WeightDecay: decay));
        for (int step = 0; step < 12; step++)
        {
            Assert.That(rates[(2 * step) + 1], Is.EqualTo(rates[2 * step] / 0.2 * 0.0048).Within(1e-12));
            foreach (Parameter p in parameters)
            {
                Row(file.Read($"{run}.grad.{p.Name}"), step, p).CopyTo(p.Gradient.Span);
            }
            lars.Step(rates[2 * step] / 0.2);
            foreach (Parameter p in parameters)
            {
                float[] expected = Row(file.Read($"{run}.after.{p.Name}"), step, p).ToArray();
                float largest = Math.Max(1, expected.Max(Math.Abs));
                Assert.That(Goldens.MaxDifference(p.Value.Span, expected), Is.LessThan(2e-6 * largest), $"{p.Name}, step {step}");
            }
        }
    }

    [TestCase("sched_bs432_e25", 432, 25, 10, 37)]
    [TestCase("sched_bs64_e32", 64, 32, 10, 5)]
    [TestCase("sched_e1_shorter_than_warmup", 64, 1, 10, 11)]
    [TestCase("sched_warmup0", 256, 3, 0, 4)]
    public void The_schedule_is_the_original_one(string name, int batch, int epochs, int warmup, int perEpoch)
    {
        using SafetensorsFile file = Goldens.Open("optimizer.safetensors");
        double[] rates = file.ReadAs<double>(name + ".lr");
        var schedule = new CosineSchedule(warmup * perEpoch, epochs * perEpoch, Floor: 0.001, Peak: batch / 256.0);
        Assert.That(rates, Has.Length.EqualTo(2 * epochs * perEpoch));
        for (int step = 0; step < epochs * perEpoch; step++)
        {
            double expected = rates[2 * step];
            Assert.That(0.2 * schedule.At(step), Is.EqualTo(expected).Within(Math.Max(1e-12 * expected, 1e-18)), $"step {step}");
        }
    }

    private static ReadOnlySpan<float> Row(Tensor steps, int step, Parameter p) => steps.Span.Slice(step * p.Value.Length, p.Value.Length);
}
