using System.Globalization;
using System.Numerics;

namespace SoundSearch.Training.Run;

/// <summary>
/// xoshiro256** (Blackman and Vigna 2018), seeded by SplitMix64: the same numbers on every platform and .NET version,
/// and a state that can be saved. Not for use from two threads at once, and not for secrets.
/// </summary>
public sealed class RandomSource
{
    private ulong s0, s1, s2, s3;

    public RandomSource(ulong seed)
    {
        s0 = SplitMix64(ref seed);
        s1 = SplitMix64(ref seed);
        s2 = SplitMix64(ref seed);
        s3 = SplitMix64(ref seed);
    }

    /// <summary>64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">Not 64 hexadecimal digits, or the all-zero state, which is no state of the generator.</exception>
    public string State
    {
        get => $"{s0:x16}{s1:x16}{s2:x16}{s3:x16}";
        set
        {
            if (value.Length != 64 || value.All(c => c == '0'))
            {
                throw new FormatException($"a generator's state is 64 hexadecimal digits, not all 0; found '{value}'");
            }
            ulong[] parts = [.. Enumerable.Range(0, 4).Select(i => ulong.Parse(value.AsSpan(i * 16, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
            (s0, s1, s2, s3) = (parts[0], parts[1], parts[2], parts[3]);
        }
    }

    /// <summary>One step of SplitMix64 (Steele et al. 2014): also a good mixer for hashes.</summary>
    public static ulong SplitMix64(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9, t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, limit); limit is at least 1.</summary>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return (int)Math.BigMul(NextUInt64(), (ulong)limit, out _); // bias below 2^-32
    }

    /// <summary>Standard normal, by Box and Muller; the pair's second half is not kept, so the state is the generator's alone.</summary>
    public double NextGaussian() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Fills with normal values of the given deviation.</summary>
    public void Fill(Span<float> values, double deviation)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(NextGaussian() * deviation);
        }
    }

    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
