using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Data;

internal static class TestSounds
{
    public static float[] Noise(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    public static SoundInfo Info(string path, string label = "", string set = "test") => new(path, set, label, path, "", "CC0", "nobody", path);
}
