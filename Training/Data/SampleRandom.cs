namespace SoundSearch.Training.Data;

/// <summary>
/// Random numbers that depend on a seed and an index only, so that sample n is the same whoever makes it and however
/// often training was interrupted: SplitMix64 (Steele, Lea, Flood 2014), whose streams are told apart by a hashed start.
/// </summary>
public struct SampleRandom(ulong seed, ulong index)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    private ulong state = Mix(Mix(seed + Gamma) ^ (index * Gamma + Gamma));

    public ulong Next() => Mix(state += Gamma);

    /// <summary>In [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>In [low, high).</summary>
    public float Uniform(double low, double high) => (float)(low + (high - low) * NextDouble());

    /// <summary>In 0 .. count - 1; 0 for a count of 0 or less.</summary>
    public int Below(int count) => count <= 1 ? 0 : (int)(NextDouble() * count);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
