using SoundSearch.Tests.Training.Losses;
using SoundSearch.Training.Optimizers;

namespace SoundSearch.Tests.Training.Optimizers;

public sealed class AdamTests
{
    [TestCase(false, 0)]
    [TestCase(false, 0.1)]
    [TestCase(true, 0.1)]
    public void Vectors_and_remainders_follow_the_formulas_in_double_precision(bool decoupled, double decay)
    {
        Parameter p = Parameter.Create("w", 19); // fills no vector
        Differences.Random(19, 1).CopyTo(p.Value);
        double[] w = [.. p.Value.ToArray().Select(v => (double)v)], m = new double[19], v = new double[19];
        var options = new AdamOptions(LearningRate: 0.01, WeightDecay: decay);
        Adam adam = decoupled ? new AdamW([p], options) : new Adam([p], options);
        for (int step = 1; step <= 20; step++)
        {
            float[] g = Differences.Random(19, 100 + step);
            g.CopyTo(p.Gradient);
            adam.Step(0.5);
            for (int i = 0; i < 19; i++)
            {
                double d = g[i] + (decoupled ? 0 : decay * w[i]);
                m[i] = (0.9 * m[i]) + (0.1 * d);
                v[i] = (0.999 * v[i]) + (0.001 * d * d);
                w[i] -= decoupled ? 0.005 * decay * w[i] : 0;
                w[i] -= 0.005 * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
            }
        }
        Assert.That(p.Value.ToArray().Select(x => (double)x), Is.EqualTo(w).Within(2e-6));
    }

    [Test]
    public void Vectors_can_be_left_out_of_the_decay()
    {
        Parameter bias = Parameter.Create("b", 3), matrix = Parameter.Create("w", 1, 3);
        bias.Value.Span.Fill(1);
        matrix.Value.Span.Fill(1);
        new AdamW([bias, matrix], new AdamOptions(LearningRate: 0.1, WeightDecay: 0.5, DecayVectors: false)).Step(1);
        Assert.That(bias.Value.ToArray(), Is.All.EqualTo(1));
        Assert.That(matrix.Value.ToArray(), Is.All.EqualTo(0.95f).Within(1e-6));
    }
}
