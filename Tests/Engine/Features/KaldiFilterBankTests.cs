using System.Numerics.Tensors;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Features;

public sealed class KaldiFilterBankTests
{
    [TestCase("fbank_16000_0p5s")]
    [TestCase("fbank_16000_0p5s_float")]
    [TestCase("fbank_16000_10s")]
    [TestCase("fbank_22050_3p21s")]
    [TestCase("fbank_32000_0p5s")]
    [TestCase("fbank_44100_0p5s")]
    [TestCase("fbank_48000_0p5s")]
    public void Equals_the_original_at_every_sample_rate(string name)
    {
        using SafetensorsFile golden = Goldens.Open(name + ".safetensors");
        float[] wave = golden.Entries.ContainsKey("waveform")
            ? golden.Read("waveform").Data.ToArray()
            : [.. golden.ReadAs<short>("pcm16").Select(s => s / 32768f)];
        float mean = (float)(wave.Sum(s => (double)s) / wave.Length);
        TensorPrimitives.Subtract(wave, mean, wave);
        var bank = new KaldiFilterBank((int)golden.ReadAs<long>("sample_rate")[0]);
        Assert.That(
            new long[] { bank.FrameLength, bank.Hop, bank.FftLength }, Is.EqualTo(golden.ReadAs<long>("window_shift_padded")));
        int frames = bank.FrameCount(wave.Length);
        Assert.That(frames, Is.EqualTo(golden.ReadAs<long>("num_frames")[0]));
        float[] actual = new float[frames * 128], expected = golden.Read("fbank").Data.ToArray();
        bank.Compute(wave, frames, actual);

        long[] rows = golden.Entries.ContainsKey("frame_index") ? golden.ReadAs<long>("frame_index") : [.. Enumerable.Range(0, frames)];
        float[] kept = [.. rows.SelectMany(r => actual.AsSpan((int)r * 128, 128).ToArray())];
        Assert.That(Goldens.MaxDifference(kept, expected), Is.LessThan(1e-3f));
        Assert.That(kept.Zip(expected, (a, b) => Math.Abs((double)a - b)).Average(), Is.LessThan(2e-5));
        if (golden.Entries.ContainsKey("frame_sum"))
        {
            float[] sums = [.. Enumerable.Range(0, frames).Select(r => (float)actual.AsSpan(r * 128, 128).ToArray().Sum(v => (double)v))];
            Assert.That(Goldens.MaxDifference(sums, golden.Read("frame_sum").Span), Is.LessThan(2e-2f));
        }
    }

    [TestCase("fbank_16000_0p5s")]
    [TestCase("fbank_22050_3p21s")]
    [TestCase("fbank_44100_0p5s")]
    [TestCase("fbank_48000_0p5s")]
    public void Has_the_originals_mel_weights(string name)
    {
        using SafetensorsFile golden = Goldens.Open(name + ".safetensors");
        long[] index = golden.ReadAs<long>("mel_index");
        float[] weights = golden.Read("mel_weight").Data.ToArray();
        var actual = new KaldiFilterBank((int)golden.ReadAs<long>("sample_rate")[0]).Filters.Weights.ToDictionary(w => (w.Bin, w.FftBin), w => w.Weight);
        for (int i = 0; i < weights.Length; i++)
        {
            Assert.That(actual.GetValueOrDefault(((int)index[2 * i], (int)index[2 * i + 1])), Is.EqualTo(weights[i]).Within(1e-4));
            actual.Remove(((int)index[2 * i], (int)index[2 * i + 1]));
        }
        Assert.That(actual.Values, Is.All.LessThan(1e-4f));
    }

    [Test]
    public void Silence_lies_on_the_floor()
    {
        float[] features = new float[128];
        new KaldiFilterBank(16_000).Compute(new float[400], 1, features);
        Assert.That(features, Is.All.EqualTo(-15.942385f).Within(1e-5f));
    }

    [TestCase(0, 0)]
    [TestCase(399, 0)]
    [TestCase(400, 1)]
    [TestCase(559, 1)]
    [TestCase(560, 2)]
    public void Only_whole_frames_count(int samples, int frames) =>
        Assert.That(new KaldiFilterBank(16_000).FrameCount(samples), Is.EqualTo(frames));

    [Test]
    public void More_frames_than_there_are_is_an_error() =>
        Assert.That(() => new KaldiFilterBank(16_000).Compute(new float[399], 1, new float[128]), Throws.TypeOf<ArgumentOutOfRangeException>());
}
