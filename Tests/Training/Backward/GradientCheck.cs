using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Training.Backward;

/// <summary>Analytic gradients against central differences of the loss, per parameter, along the gradient and along a random direction.</summary>
internal static class GradientCheck
{
    private const float Step = 2e-3f;

    public static void Run(ParameterSet parameters, ParameterSet gradients, Func<double> loss)
    {
        var random = new Random(5);
        double largest = Math.Sqrt(gradients.Tensors.Max(t => Length(t.Data.ToArray())));
        Assert.That(largest, Is.GreaterThan(0));
        foreach ((string name, _, Memory<float> value, Memory<float> gradient) in parameters.WithGradients(gradients))
        {
            float[] g = gradient.ToArray();
            float[] noise = [.. g.Select(_ => (float)(random.NextDouble() - 0.5))];
            foreach (float[] direction in new[] { g, noise })
            {
                double length = Math.Sqrt(Length(direction));
                if (length < 1e-6 * largest)
                {
                    continue;
                }
                float[] unit = [.. direction.Select(d => (float)(d / length))];
                double expected = g.Zip(unit, (a, b) => (double)a * b).Sum();
                double actual = (Moved(value, unit, Step, loss) - Moved(value, unit, -Step, loss)) / (2 * Step);
                Assert.That(actual, Is.EqualTo(expected).Within(1e-3 * largest + 0.01 * Math.Abs(expected)), name);
            }
        }
    }

    /// <summary>Reproducible values around zero.</summary>
    public static float[] Noise(int count, int seed, float scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => scale * (float)(random.NextDouble() * 2 - 1))];
    }

    /// <summary>Gains near 1, everything else random and large enough to matter.</summary>
    public static void Randomise(ParameterSet parameters, int seed)
    {
        foreach (Tensor t in parameters.Tensors)
        {
            bool gain = t.Shape.Length == 1 && (t.Name.EndsWith(".weight") || t.Name.EndsWith("running_var"));
            float[] noise = Noise(t.Data.Length, seed++, t.Shape.Length == 1 ? 0.3f : 1.5f / MathF.Sqrt(t.Shape[^1]));
            for (int i = 0; i < noise.Length; i++)
            {
                t.Span[i] = noise[i] + (gain ? 1 : 0);
            }
        }
    }

    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < b.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }
        return sum;
    }

    private static double Moved(Memory<float> value, float[] direction, float step, Func<double> loss)
    {
        float[] before = value.ToArray();
        for (int i = 0; i < direction.Length; i++)
        {
            value.Span[i] += step * direction[i];
        }
        double result = loss();
        before.CopyTo(value.Span);
        return result;
    }

    private static double Length(float[] v) => v.Sum(x => (double)x * x);
}
