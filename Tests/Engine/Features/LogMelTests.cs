using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Features;

public sealed class LogMelTests
{
    [Test]
    public void Equals_the_taggers_own_spectrogram()
    {
        using var golden = SafetensorsFile.Open(SharedData.Require("teachers/mn04/golden.safetensors"));
        float[] expected = golden.Read("melspec").Data.ToArray(); // [128, 500]
        float[] actual = new float[500 * 128];
        new LogMel(500).Extract(golden.Read("waveform").Span, actual);
        Assert.That(Goldens.MaxDifference(actual, Transpose(expected, 128, 500)), Is.LessThan(2e-4f));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(31_999)]
    [TestCase(127_999)]
    [TestCase(128_000)]
    public void A_short_sound_is_the_same_as_the_sound_followed_by_silence(int count)
    {
        float[] samples = Noise(count);
        float[] padded = new float[128_000];
        samples.CopyTo(padded, 0);
        var mel = new LogMel();
        float[] a = new float[400 * 128], b = new float[400 * 128];
        mel.Extract(samples, a);
        mel.Extract(padded, b);
        Assert.That(a, Is.EqualTo(b));
    }

    [Test]
    public void Nothing_at_all_is_silence()
    {
        float[] features = new float[400 * 128];
        new LogMel().Extract([], features);
        Assert.That(features, Is.All.EqualTo((float)((Math.Log(1e-5) + 4.5) / 5)).Within(1e-5f));
    }

    [Test]
    public void Samples_beyond_the_window_are_not_looked_at()
    {
        float[] samples = Noise(150_000);
        var mel = new LogMel();
        float[] a = new float[400 * 128], b = new float[400 * 128];
        mel.Extract(samples, a);
        mel.Extract(samples.AsSpan(0, 128_000), b);
        Assert.That(a, Is.EqualTo(b));
    }

    [Test]
    public void A_sine_peaks_in_the_bin_around_its_frequency()
    {
        float[] samples = [.. Enumerable.Range(0, 128_000).Select(i => (float)(0.5 * Math.Sin(2 * Math.PI * 4000 * i / 32_000)))];
        float[] features = new float[400 * 128];
        new LogMel().Extract(samples, features);
        ReadOnlySpan<float> row = features.AsSpan(200 * 128, 128);
        int peak = row.IndexOf(System.Numerics.Tensors.TensorPrimitives.Max(row));
        double step = 1127 * Math.Log(1 + 15_000 / 700.0) / 129;
        Assert.That(peak, Is.EqualTo((int)Math.Round(1127 * Math.Log(1 + 4000 / 700.0) / step) - 1));
    }

    [Test]
    public void A_length_too_short_to_reflect_is_refused() =>
        Assert.That(() => LogMel.Power(new float[100], 1000, new float[512]), Throws.ArgumentException);

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static float[] Transpose(float[] x, int rows, int columns)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            y[i % columns * rows + i / columns] = x[i];
        }
        return y;
    }
}
