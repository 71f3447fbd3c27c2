namespace SoundSearch.Tests.Training.Losses;

/// <summary>Central differences: the slow twin of every gradient.</summary>
internal static class Differences
{
    public delegate double Loss(float[] x);

    /// <summary>Largest difference between a gradient and (f(x + h) - f(x - h)) / 2h, relative to the largest slope.</summary>
    public static double Of(Loss loss, float[] x, ReadOnlySpan<float> gradient, float h = 1e-2f)
    {
        double worst = 0, largest = 1e-3;
        for (int i = 0; i < x.Length; i++)
        {
            float kept = x[i];
            x[i] = kept + h;
            double up = loss(x);
            float above = x[i];
            x[i] = kept - h;
            double slope = (up - loss(x)) / ((double)above - x[i]);
            x[i] = kept;
            worst = Math.Max(worst, Math.Abs(slope - gradient[i]));
            largest = Math.Max(largest, Math.Abs(slope));
        }
        return worst / largest;
    }

    public static float[] Random(int length, int seed, float scale = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => scale * ((2 * random.NextSingle()) - 1))];
    }

    /// <summary>Rows of probabilities.</summary>
    public static float[] Distributions(int rows, int classes, int seed)
    {
        float[] q = [.. Random(rows * classes, seed).Select(v => v * v)];
        for (int r = 0; r < rows; r++)
        {
            float sum = q.AsSpan(r * classes, classes).ToArray().Sum();
            for (int c = 0; c < classes; c++)
            {
                q[(r * classes) + c] /= sum;
            }
        }
        return q;
    }
}
