using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests;

/// <summary>Fixtures copied from the original code's output; never regenerated to make a test pass.</summary>
internal static class Goldens
{
    public static string Path(string name) => System.IO.Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", name);

    public static SafetensorsFile Open(string name) => SafetensorsFile.Open(Path(name));

    /// <summary>Largest absolute difference.</summary>
    public static float MaxDifference(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        float max = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            float difference = Math.Abs(actual[i] - expected[i]);
            max = difference <= max ? max : difference; // NaN ends up in max
        }
        return max;
    }
}
