using System.Collections.Concurrent;
using System.Numerics;

namespace SoundSearch.Engine.Audio;

/// <summary>The taps of a resampler, shared by all of the same ratio.</summary>
internal sealed class SincTable
{
    /// <summary>Edges of the transition band, in parts of the lower Nyquist frequency.</summary>
    private const double Pass = 0.9, Stop = 1;

    /// <summary>Attenuation in dB beyond it, with some to spare over the 80 promised.</summary>
    private const double Attenuation = 96;

    /// <summary>Ratios with more places than this are interpolated.</summary>
    private const int MaxExactPhases = 2048;
    private const int InterpolatedPhases = 1024;

    /// <summary>So are those that need more taps than this (2 MiB): a rate of megahertz, which a header may claim, would take a hundred.</summary>
    private const int MaxExactValues = 1 << 19;

    /// <summary>Tables kept; a folder of sounds has few rates, and a hostile one must not fill the memory.</summary>
    private const int MaxKept = 16;

    private static readonly ConcurrentDictionary<(int, int), SincTable> kept = new();

    private SincTable(int numerator, int denominator)
    {
        // Going down, the filter is stretched in time to end at the output's Nyquist frequency.
        double scale = Math.Min(1, (double)numerator / denominator);
        double width = (Stop - Pass) * Math.PI * scale;
        int needed = (int)Math.Ceiling((Attenuation - 7.95) / (2.285 * width)) + 1;
        int multiple = 2 * Vector<float>.Count;
        Taps = (needed + multiple - 1) / multiple * multiple;
        Exact = numerator <= MaxExactPhases && (long)numerator * Taps <= MaxExactValues;
        // A stretched filter is smoother by as much, so it needs fewer points in between.
        Phases = Exact ? numerator : Math.Max(16, (int)(InterpolatedPhases * scale));
        int rows = Exact ? Phases : Phases + 1;
        Values = new float[rows * Taps];
        double cutoff = (Pass + Stop) / 2 * scale, beta = 0.1102 * (Attenuation - 8.7), half = needed / 2.0;
        double[] row = new double[Taps];
        for (int phase = 0; phase < rows; phase++)
        {
            double sum = 0;
            for (int tap = 0; tap < Taps; tap++)
            {
                double time = tap - (Taps / 2 - 1) - (double)phase / Phases;
                row[tap] = Math.Abs(time) < half ? Sinc(cutoff * time) * Bessel(beta * Math.Sqrt(1 - time / half * (time / half))) : 0;
                sum += row[tap];
            }
            // Every place has exactly unit gain at 0 Hz, so a constant stays one.
            for (int tap = 0; tap < Taps; tap++)
                Values[phase * Taps + tap] = (float)(row[tap] / sum);
        }
    }

    /// <summary>Even, a multiple of two vectors.</summary>
    public int Taps { get; }

    /// <summary>Places between two input samples.</summary>
    public int Phases { get; }

    /// <summary>Whether these are all the places there are.</summary>
    public bool Exact { get; }

    /// <summary>[Phases, Taps], or [Phases + 1, Taps] to interpolate.</summary>
    public float[] Values { get; }

    public static SincTable Get(int numerator, int denominator)
    {
        if (kept.TryGetValue((numerator, denominator), out SincTable? table))
            return table;
        table = new(numerator, denominator);
        if (kept.Count < MaxKept)
            kept.TryAdd((numerator, denominator), table);
        return table;
    }

    private static double Sinc(double x) => Math.Abs(x) < 1e-9 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    /// <summary>Modified Bessel function of the first kind, order 0, by its power series.</summary>
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }
        return sum;
    }
}
