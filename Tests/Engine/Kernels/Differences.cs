namespace SoundSearch.Tests.Engine.Kernels;

/// <summary>Gradients against the slope that is really there.</summary>
internal static class Differences
{
    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }
        return sum;
    }

    /// <summary>Moves each value of x by a step either way and compares the loss's slope with the gradient.</summary>
    public static void Check(float[] x, float[] gradient, Func<double> loss, float step = 1e-2f, double tolerance = 2e-3)
    {
        for (int i = 0; i < x.Length; i++)
        {
            float old = x[i], up = old + step, down = old - step;
            x[i] = up;
            double above = loss();
            x[i] = down;
            double below = loss();
            x[i] = old;
            double slope = (above - below) / ((double)up - down);
            Assert.That(gradient[i], Is.EqualTo(slope).Within(tolerance * Math.Max(1, Math.Abs(slope))), $"value {i}");
        }
    }
}
