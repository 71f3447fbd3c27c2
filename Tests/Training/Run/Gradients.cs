using SoundSearch.Training.Optimizers;

namespace SoundSearch.Tests.Training.Run;

/// <summary>Gradients of a step, to be compared as a whole.</summary>
internal static class Gradients
{
    public static float[] Of(IReadOnlyList<Parameter> parameters) => [.. parameters.SelectMany(p => p.Gradient.ToArray())];

    /// <summary>Length of the difference in parts of the expected gradient's length.</summary>
    public static double Distance(float[] actual, float[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.That(expected, Has.Some.Not.Zero);
        double difference = actual.Zip(expected).Sum(p => Math.Pow(p.First - p.Second, 2)), length = expected.Sum(v => (double)v * v);
        return Math.Sqrt(difference / length);
    }
}
