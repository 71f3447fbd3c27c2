using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Audio;

namespace SoundSearch.Tests.Engine.Audio;

internal sealed class ResamplerTests
{
    private static readonly (int In, int Out)[] ratios = [(44100, 32000), (48000, 32000), (22050, 32000), (32000, 44100), (96000, 32000), (8000, 32000), (44101, 32000), (32000, 32000), (384000, 16000)];

    [TestCaseSource(nameof(Ratios))]
    public void A_sine_below_the_transition_keeps_its_amplitude(int inputRate, int outputRate)
    {
        double nyquist = Math.Min(inputRate, outputRate) / 2.0;
        foreach (double part in (double[])[0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9])
        {
            double decibel = 20 * Math.Log10(Amplitude(inputRate, outputRate, part * nyquist, part * nyquist));
            Assert.That(decibel, Is.EqualTo(0).Within(0.1), $"at {part} of the lower Nyquist frequency");
        }
    }

    [TestCase(44100, 32000)]
    [TestCase(48000, 32000)]
    [TestCase(96000, 32000)]
    [TestCase(44101, 32000)]
    [TestCase(44100, 16000)]
    public void Sines_above_the_new_Nyquist_frequency_vanish(int inputRate, int outputRate)
    {
        double from = outputRate / 2.0, to = inputRate / 2.0;
        for (int i = 0; i <= 20; i++)
        {
            float[] output = Steady(inputRate, outputRate, from + (to - from) * i / 20 * 0.999 + 1);
            Assert.That(20 * Math.Log10(output.Max(Math.Abs) + 1e-12), Is.LessThan(-80), $"step {i} of 20");
        }
    }

    [TestCase(8000, 32000)]
    [TestCase(22050, 32000)]
    [TestCase(31999, 32000)]
    public void Nothing_but_the_sine_is_there_after_going_up(int inputRate, int outputRate)
    {
        foreach (double part in (double[])[0.11, 0.53, 0.87])
        {
            double frequency = part * inputRate / 2;
            float[] output = Steady(inputRate, outputRate, frequency);
            (double real, double imaginary) = Project(output, frequency / outputRate);
            double rest = 0;
            for (int n = 0; n < output.Length; n++)
            {
                double angle = 2 * Math.PI * frequency / outputRate * n;
                rest = Math.Max(rest, Math.Abs(output[n] - 2 * (real * Math.Cos(angle) + imaginary * Math.Sin(angle))));
            }
            Assert.That(20 * Math.Log10(rest), Is.LessThan(-78), $"at {part} of the input's Nyquist frequency"); // the window of the projection costs a little
        }
    }

    [Test]
    public void A_rate_of_megahertz_takes_a_table_of_megabytes()
    {
        // 1600 / 149661: few places between two samples, but eleven thousand taps for each.
        long before = GC.GetAllocatedBytesForCurrentThread();
        float[] output = Resampler.Resample(Enumerable.Repeat(1f, 299_322).ToArray(), 2_993_220, 32_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(12 << 20));
        Assert.That(output[1000..2000], Is.All.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void A_swept_sine_keeps_its_level_up_to_nine_tenths_and_leaves_nothing_behind()
    {
        // Linear sweep 100 Hz to 22 kHz in 4 seconds; its level over time is the filter's response.
        const int In = 44100, Out = 32000;
        const double From = 100, To = 22000, Seconds = 4;
        float[] input = new float[(int)(In * Seconds)];
        for (int n = 0; n < input.Length; n++)
        {
            double t = (double)n / In;
            input[n] = (float)Math.Sin(2 * Math.PI * (From * t + (To - From) / (2 * Seconds) * t * t));
        }
        float[] output = Resampler.Resample(input, In, Out);
        for (double frequency = 500; frequency < 21500; frequency += 250)
        {
            int centre = (int)((frequency - From) / (To - From) * Seconds * Out);
            // RMS over 40 ms, 220 Hz of the sweep.
            double rms = Math.Sqrt(output.AsSpan(centre - 640, 1280).ToArray().Average(x => (double)x * x) * 2);
            double decibel = 20 * Math.Log10(rms + 1e-12);
            if (frequency <= 0.9 * Out / 2 - 250)
                Assert.That(decibel, Is.EqualTo(0).Within(0.1), $"{frequency} Hz");
            else if (frequency >= Out / 2.0 + 250)
                Assert.That(decibel, Is.LessThan(-80), $"{frequency} Hz");
        }
    }

    [TestCaseSource(nameof(Ratios))]
    public void Length_is_the_ceiling_of_the_ratio(int inputRate, int outputRate)
    {
        foreach (int length in (int[])[0, 1, 2, 3, 7, 100, 441, 4410, 10001])
        {
            var resampler = new Resampler(inputRate, outputRate);
            resampler.Write(new float[length]);
            resampler.End();
            int expected = (int)Math.Ceiling((decimal)length * outputRate / inputRate);
            Assert.That(resampler.Read(new float[expected + 100]), Is.EqualTo(expected), $"{length} samples");
            Assert.That(Resampler.OutputLength(length, inputRate, outputRate), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Cutting_into_pieces_changes_no_bit_of_the_output()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                var random = new Random(seed);
                (int inputRate, int outputRate) = ratios[random.Next(ratios.Length)];
                float[] input = Noise(random, random.Next(5000));
                float[] whole = Resampler.Resample(input, inputRate, outputRate);
                var resampler = new Resampler(inputRate, outputRate);
                float[] pieces = new float[whole.Length + 1];
                int written = 0, taken = 0;
                while (taken < input.Length)
                {
                    int count = Math.Min(random.Next(1, 700), input.Length - taken);
                    resampler.Write(input.AsSpan(taken, count));
                    taken += count;
                    written += resampler.Read(pieces.AsSpan(written, Math.Min(random.Next(900), pieces.Length - written)));
                }
                resampler.End();
                int got;
                while ((got = resampler.Read(pieces.AsSpan(written, Math.Min(random.Next(1, 300), pieces.Length - written)))) > 0)
                    written += got;
                return written == whole.Length && pieces.AsSpan(0, written).SequenceEqual(whole);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));
    }

    [Test]
    public void A_constant_stays_one_away_from_the_ends([ValueSource(nameof(Ratios))] object[] ratio)
    {
        float[] output = Resampler.Resample(Enumerable.Repeat(1f, 20000).ToArray(), (int)ratio[0], (int)ratio[1]);
        int margin = output.Length / 3;
        Assert.That(output[margin..^margin], Is.All.EqualTo(1f).Within(2e-6f));
    }

    [Test]
    public void Nothing_is_delayed()
    {
        // A band-limited pulse at 0.1 s stays at 0.1 s.
        float[] input = new float[8820];
        for (int n = 0; n < input.Length; n++)
            input[n] = (float)Math.Exp(-Math.Pow((n - 4410) / 40.0, 2));
        float[] output = Resampler.Resample(input, 44100, 32000);
        for (int n = 0; n < output.Length; n++)
            Assert.That(output[n], Is.EqualTo(Math.Exp(-Math.Pow((n * 44100.0 / 32000 - 4410) / 40.0, 2))).Within(3e-5));
    }

    [Test]
    public void Misuse_is_refused()
    {
        Assert.That(() => new Resampler(0, 32000), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Resampler(32000, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        var resampler = new Resampler(44100, 32000);
        resampler.End();
        resampler.End();
        Assert.That(() => resampler.Write(new float[1]), Throws.InvalidOperationException);
    }

    private static IEnumerable<object[]> Ratios() => ratios.Select(r => new object[] { r.In, r.Out });

    private static float[] Noise(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => random.NextSingle() * 2 - 1)];

    /// <summary>The middle of a resampled sine, without the ends' transients.</summary>
    private static float[] Steady(int inputRate, int outputRate, double frequency)
    {
        float[] input = new float[Math.Max(30000, inputRate / 4)];
        for (int n = 0; n < input.Length; n++)
            input[n] = (float)Math.Sin(2 * Math.PI * frequency / inputRate * n + 0.3);
        float[] output = Resampler.Resample(input, inputRate, outputRate);
        int margin = output.Length / 5;
        return output[margin..^margin];
    }

    private static double Amplitude(int inputRate, int outputRate, double input, double expected)
    {
        (double real, double imaginary) = Project(Steady(inputRate, outputRate, input), expected / outputRate);
        return 2 * Math.Sqrt(real * real + imaginary * imaginary);
    }

    /// <summary>Least-squares sine at a frequency in cycles per sample, as a Hann-free two-by-two solve so that the length need not fit.</summary>
    private static (double Real, double Imaginary) Project(float[] samples, double frequency)
    {
        double cc = 0, cs = 0, ss = 0, xc = 0, xs = 0;
        for (int n = 0; n < samples.Length; n++)
        {
            (double sin, double cos) = Math.SinCos(2 * Math.PI * frequency * n);
            cc += cos * cos;
            cs += cos * sin;
            ss += sin * sin;
            xc += samples[n] * cos;
            xs += samples[n] * sin;
        }
        double determinant = cc * ss - cs * cs;
        return ((xc * ss - xs * cs) / determinant / 2, (xs * cc - xc * cs) / determinant / 2);
    }
}
