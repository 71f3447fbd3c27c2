namespace SoundSearch.Tests.Engine.Kernels;

/// <summary>Reproducible test data.</summary>
internal static class Values
{
    /// <summary>Uniform in [-scale/2, scale/2).</summary>
    public static float[] Random(int length, float scale = 1, int seed = 1)
    {
        Random random = new(seed + length);
        float[] values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) * scale;
        }
        return values;
    }
}
