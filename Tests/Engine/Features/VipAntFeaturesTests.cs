using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Features;

public sealed class VipAntFeaturesTests
{
    [TestCase("crop_center")]
    [TestCase("crop_first")]
    [TestCase("crop_last")]
    [TestCase("mono16k_10p9s")]
    [TestCase("mono22k_3p21s")]
    [TestCase("stereo44k_0p5s")]
    public void A_file_gives_what_the_original_evaluation_gives(string name)
    {
        using SafetensorsFile golden = Goldens.Open($"fbank_eval_{name}.safetensors");
        (float[] samples, int channels, int rate) = Read(Goldens.Path($"wav/{name}.wav"));
        int frames = (int)golden.ReadAs<long>("max_audio_len")[0];
        long[] crop = golden.ReadAs<long>("crop_start_len_total");
        var features = new VipAntFeatures(rate, frames);
        Assert.That(rate, Is.EqualTo(golden.ReadAs<long>("sample_rate")[0]));
        Assert.That(samples.Length / channels, Is.EqualTo(crop[2]));
        Assert.That(VipAntFeatures.CropStart(samples, channels, features.WindowSamples), Is.EqualTo(crop[0]));
        Assert.That(Math.Min(features.WindowSamples, crop[2]), Is.EqualTo(crop[1]));

        float[] actual = new float[frames * 128], expected = golden.Read("fbank_norm").Data.ToArray();
        features.ExtractWhole(samples, channels, actual);
        bool indexed = golden.Entries.ContainsKey("frame_index");
        long[] rows = indexed ? golden.ReadAs<long>("frame_index") : [.. Enumerable.Range(0, expected.Length / 128)];
        float[] kept = [.. rows.SelectMany(r => actual.AsSpan((int)r * 128, 128).ToArray())];
        Assert.That(Goldens.MaxDifference(kept, expected), Is.LessThan(2e-4f));
        if (!indexed && golden.Read("pad_value").Span[0] is var pad && !float.IsNaN(pad))
        {
            Assert.That(actual.Skip(expected.Length), Is.All.EqualTo(pad).Within(1e-6f));
        }
        if (indexed)
        {
            float[] sums = [.. Enumerable.Range(0, frames).Select(r => (float)actual.AsSpan(r * 128, 128).ToArray().Sum(v => (double)v))];
            Assert.That(Goldens.MaxDifference(sums, golden.Read("frame_sum").Span), Is.LessThan(5e-3f));
        }
    }

    [Test]
    public void Crops_begin_where_the_original_begins_them()
    {
        using SafetensorsFile golden = Goldens.Open("fbank_crop_rule.safetensors");
        foreach (string name in golden.Entries.Keys.Where(k => k.EndsWith(".x", StringComparison.Ordinal)))
        {
            Tensor x = golden.Read(name);
            long[] expected = golden.ReadAs<long>(name[..^1] + "start_len");
            Assert.That(VipAntFeatures.CropStart(x.Span, x.Shape[0], 100), Is.EqualTo(expected[0]), name);
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(399)]
    public void A_sound_without_a_whole_frame_is_all_padding(int samples)
    {
        float[] actual = new float[100 * 128];
        new VipAntFeatures(16_000, 100).Extract(new float[samples], actual);
        Assert.That(actual, Is.All.EqualTo(0.8577305f).Within(1e-6f));
    }

    private static (float[] Samples, int Channels, int Rate) Read(string path)
    {
        using IAudioReader reader = AudioFile.Open(path);
        List<float> interleaved = [];
        float[] block = new float[4096 * reader.Channels];
        for (int got; (got = reader.Read(block)) > 0;)
        {
            interleaved.AddRange(block.AsSpan(0, got));
        }
        int channels = reader.Channels, total = interleaved.Count / channels;
        float[] planar = new float[interleaved.Count];
        for (int i = 0; i < planar.Length; i++)
        {
            planar[i % channels * total + i / channels] = interleaved[i];
        }
        return (planar, channels, reader.SampleRate);
    }
}
