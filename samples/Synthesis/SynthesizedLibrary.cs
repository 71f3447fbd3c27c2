namespace SoundSearch.Samples.Synthesis;

/// <summary>
/// Two dozen everyday sounds made from sines and noise, written under names that say nothing ("clip_07.wav"), so that
/// only listening can find them.
/// </summary>
public static class SynthesizedLibrary
{
    private const int SampleRate = 44100;

    private static readonly (string What, Func<Patch, float[]> Make)[] Sounds =
    [
        ("police siren", p => p.Tone(4, t => 900 + 500 * Math.Sin(2 * Math.PI * 0.35 * t), _ => 0.4, phase => Math.Tanh(3 * Math.Sin(2 * Math.PI * phase)))),
        ("church bell", Bell),
        ("heavy rain", Rain),
        ("wind", p => p.Filter(p.Noise(5, t => 0.9 + 0.3 * Math.Sin(t)), t => 450 + 250 * Math.Sin(1.3 * t) + 120 * Math.Sin(3.1 * t), 4, 1)),
        ("ocean waves", p => p.Filter(p.Noise(6, t => 0.1 + 0.5 * Math.Pow(Math.Sin(Math.PI * t / 3), 2)), t => 600 + 1800 * Math.Pow(Math.Sin(Math.PI * t / 3), 2), 0.7, 0)),
        ("thunder", p => p.Filter(p.Noise(5, t => 2.5 * Patch.Decay(t, 0.9) * (1 + Math.Sin(11 * t) * Math.Sin(17 * t))), t => 60 + 400 * Patch.Decay(t, 0.3), 0.8, 0)),
        ("explosion", p => p.Filter(p.Noise(3, t => 3 * Patch.Decay(t, 0.25)), t => 100 + 3000 * Patch.Decay(t, 0.12), 0.8, 0)),
        ("alarm clock beeping", p => p.Tone(3, _ => 2050, t => t % 1 < 0.5 && t % 0.125 < 0.07 ? 0.4 : 0, phase => phase < 0.5 ? 1 : -1)),
        ("telephone ringing", Telephone),
        ("clock ticking", p => Repeat(p, 5, 0.5, i => p.Filter(p.Noise(0.03, t => Patch.Decay(t, 0.003)), _ => i % 2 == 0 ? 3200 : 2600, 6, 1))),
        ("bird chirping", Birds),
        ("cricket", p => p.Sine(4, _ => 4600, t => t % 0.7 < 0.35 ? 0.3 * Math.Pow(Math.Sin(Math.PI * t * 30), 2) : 0)),
        ("engine idling", p => p.Filter(p.Tone(4, t => 32 + Math.Sin(5 * t), _ => 0.9, phase => 2 * Math.Pow(phase, 6) - 0.3), _ => 500, 0.9, 0)),
        ("acoustic guitar", p => Melody(p, 4, [196, 247, 294, 392, 330, 247], p.Pluck)),
        ("organ", p => Melody(p, 4, [262, 330, 392, 523], (s, f) => Mix(p, s, [1, 2, 3, 4, 6, 8], f, 0.12, 1e9))),
        ("bass drum", p => Repeat(p, 3, 0.5, _ => p.Sine(0.4, t => 45 + 140 * Patch.Decay(t, 0.02), t => Patch.Decay(t, 0.06)))),
        ("hi-hat", p => Repeat(p, 3, 0.25, _ => p.Filter(p.Noise(0.12, t => Patch.Decay(t, 0.015)), _ => 6500, 1.2, 2))),
        ("snare drum", p => Repeat(p, 3, 0.5, _ => p.Filter(p.Noise(0.25, t => Patch.Decay(t, 0.03)), _ => 1800, 0.8, 2))),
        ("water drops", p => Repeat(p, 4, 0.61, i => p.Sine(0.12, t => (500 + 170 * (i % 4)) * (1 + 9 * t), t => 0.6 * Patch.Decay(t, 0.02)))),
        ("heartbeat", p => Repeat(p, 4, 0.85, _ => Heartbeat(p))),
        ("laser gun", p => Repeat(p, 2, 0.5, _ => p.Tone(0.35, t => 200 + 3500 * Patch.Decay(t, 0.05), t => 0.5 * Patch.Decay(t, 0.1), phase => 2 * phase - 1))),
        ("whistling", p => p.Sine(3, t => 1500 + 300 * Math.Sign(Math.Sin(3 * t)) + 12 * Math.Sin(35 * t), t => t % 1 < 0.85 ? 0.4 : 0)),
        ("car horn", p => p.Tone(2, _ => 415, t => t % 1 < 0.7 ? 0.25 : 0, phase => 2 * phase - 1)),
        ("white noise hiss", p => p.Noise(4, _ => 0.3)),
    ];

    /// <summary>Writes every sound as 44.1 kHz WAV and says which file is what.</summary>
    public static IReadOnlyList<(string File, string What)> Write(string folder)
    {
        Directory.CreateDirectory(folder);
        List<(string, string)> written = [];
        // A fixed shuffle: neighbours in the folder must have nothing in common.
        int[] order = [.. Enumerable.Range(0, Sounds.Length).OrderBy(i => i * 7 % Sounds.Length)];
        for (int n = 0; n < order.Length; n++)
        {
            (string what, Func<Patch, float[]> make) = Sounds[order[n]];
            string file = Path.Combine(folder, $"clip_{n + 1:00}.wav");
            WaveFile.Write(file, Normalize(make(new Patch(SampleRate, seed: order[n]))), SampleRate);
            written.Add((file, what));
        }
        return written;
    }

    private static float[] Normalize(float[] y)
    {
        float peak = Math.Max(1e-9f, y.Max(Math.Abs));
        return Array.ConvertAll(y, v => 0.8f * v / peak);
    }

    private static float[] Repeat(Patch p, double seconds, double every, Func<int, float[]> make)
    {
        float[] y = p.Silence(seconds);
        for (int i = 0; i * every < seconds; i++)
        {
            p.Add(y, make(i), i * every);
        }
        return y;
    }

    private static float[] Melody(Patch p, double seconds, double[] notes, Func<double, double, float[]> play)
    {
        float[] y = p.Silence(seconds);
        double each = seconds / notes.Length;
        for (int i = 0; i < notes.Length; i++)
        {
            p.Add(y, play(Math.Min(1.5 * each, seconds - i * each), notes[i]), i * each);
        }
        return y;
    }

    private static float[] Mix(Patch p, double seconds, double[] ratios, double hertz, double level, double halfLife)
    {
        float[] y = p.Silence(seconds);
        foreach (double ratio in ratios)
        {
            p.Add(y, p.Partial(seconds, ratio * hertz, level, halfLife / ratio), 0);
        }
        return y;
    }

    private static float[] Bell(Patch p)
    {
        // Hum, prime, tierce, quint, nominal and above: the partials that bell founders tune.
        float[] strike = Mix(p, 5, [0.5, 1, 1.2, 1.5, 2, 2.6, 3, 4.2, 5.4], 440, 0.2, 1.5);
        float[] y = p.Silence(6);
        p.Add(y, strike, 0);
        p.Add(y, strike, 2);
        p.Add(y, strike, 4);
        return y;
    }

    private static float[] Rain(Patch p)
    {
        float[] y = p.Filter(p.Noise(5, _ => 0.25), _ => 2500, 0.6, 2);
        for (int drop = 0; drop < 1500; drop++)
        {
            p.Add(y, p.Filter(p.Noise(0.01, t => Patch.Decay(t, 0.001)), _ => p.Random(2000, 6500), 3, 1), p.Random(0, 5), p.Random(0.1, 0.7));
        }
        return y;
    }

    private static float[] Telephone(Patch p)
    {
        float[] y = p.Silence(5);
        foreach (double hertz in (double[])[1100, 1400, 2200, 2800])
        {
            p.Add(y, p.Sine(5, _ => hertz, t => t % 2.5 < 1.4 ? 0.2 * Math.Pow(Math.Sin(Math.PI * 20 * t), 2) : 0), 0);
        }
        return y;
    }

    private static float[] Birds(Patch p)
    {
        float[] y = p.Silence(4);
        for (int i = 0; i < 18; i++)
        {
            double from = p.Random(2800, 5200), sweep = p.Random(-9000, 9000), warble = p.Random(20, 45);
            p.Add(y, p.Sine(0.12, t => from + sweep * t + 350 * Math.Sin(2 * Math.PI * warble * t), t => Math.Sin(Math.PI * t / 0.12)), p.Random(0, 3.8));
        }
        return y;
    }

    private static float[] Heartbeat(Patch p)
    {
        float[] y = p.Silence(0.6);
        p.Add(y, p.Sine(0.15, t => 60 - 100 * t, t => Math.Sin(Math.PI * t / 0.15)), 0);
        p.Add(y, p.Sine(0.12, t => 75 - 120 * t, t => Math.Sin(Math.PI * t / 0.12)), 0.28, 0.7);
        return y;
    }
}
