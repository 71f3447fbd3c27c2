namespace SoundSearch.Samples.Synthesis;

/// <summary>Building blocks of synthesis at one sample rate, with a seeded noise source: the same seed gives the same sound.</summary>
public sealed class Patch(int sampleRate, int seed)
{
    private readonly Random random = new(seed);

    /// <summary>A signal as a function of time in seconds and phase-accurate over frequency changes.</summary>
    public float[] Tone(double seconds, Func<double, double> hertz, Func<double, double> level, Func<double, double> wave)
    {
        float[] y = new float[(int)(seconds * sampleRate)];
        double phase = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double t = (double)i / sampleRate;
            y[i] = (float)(level(t) * wave(phase));
            phase += hertz(t) / sampleRate;
            phase -= Math.Floor(phase);
        }
        return y;
    }

    public float[] Sine(double seconds, Func<double, double> hertz, Func<double, double> level) =>
        Tone(seconds, hertz, level, phase => Math.Sin(2 * Math.PI * phase));

    /// <summary>A partial that starts at once and dies away.</summary>
    public float[] Partial(double seconds, double hertz, double level, double halfLife) =>
        Sine(seconds, _ => hertz, t => level * Decay(t, halfLife));

    public static double Decay(double t, double halfLife) => t < 0 ? 0 : Math.Pow(0.5, t / halfLife);

    public float[] Noise(double seconds, Func<double, double> level)
    {
        float[] y = new float[(int)(seconds * sampleRate)];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = (float)(level((double)i / sampleRate) * (2 * random.NextDouble() - 1));
        }
        return y;
    }

    public double Random(double from, double to) => from + (to - from) * random.NextDouble();

    /// <summary>Two-pole state-variable filter (Chamberlin), with a centre that may move; band: 0 low-pass, 1 band-pass, 2 high-pass.</summary>
    public float[] Filter(float[] x, Func<double, double> hertz, double q, int band)
    {
        float[] y = new float[x.Length];
        double low = 0, middle = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double f = 2 * Math.Sin(Math.PI * Math.Min(hertz((double)i / sampleRate), sampleRate / 6.5) / sampleRate);
            low += f * middle;
            double high = x[i] - low - middle / q;
            middle += f * high;
            y[i] = (float)(band switch { 0 => low, 1 => middle, _ => high });
        }
        return y;
    }

    /// <summary>Adds x into y from the given second on; what reaches past the end is cut.</summary>
    public void Add(float[] y, float[] x, double second, double gain = 1)
    {
        int start = (int)(second * sampleRate);
        for (int i = 0; i < x.Length && start + i < y.Length; i++)
        {
            y[start + i] += (float)(gain * x[i]);
        }
    }

    public float[] Silence(double seconds) => new float[(int)(seconds * sampleRate)];

    /// <summary>A plucked string (Karplus and Strong 1983).</summary>
    public float[] Pluck(double seconds, double hertz)
    {
        float[] y = Noise(seconds, t => t < 1 / hertz ? 0.8 : 0);
        int period = Math.Max(2, (int)Math.Round(sampleRate / hertz));
        for (int i = period + 1; i < y.Length; i++)
        {
            y[i] += 0.498f * (y[i - period] + y[i - period - 1]);
        }
        return y;
    }
}
