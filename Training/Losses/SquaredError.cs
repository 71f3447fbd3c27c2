namespace SoundSearch.Training.Losses;

/// <summary>Weight times the sum of (x - y)^2; a weight of 1 / length gives the mean.</summary>
public static class SquaredError
{
    /// <summary>x, y of one length; adds 2 weight (x - y) to dx.</summary>
    public static double Forward(ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> dx, float weight = 1)
    {
        double loss = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = x[i] - y[i];
            loss += (double)difference * difference;
            dx[i] += 2 * weight * difference;
        }
        return loss * weight;
    }
}
