using System.Text.Json;
using System.Text.Json.Nodes;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Features;

/// <summary>CLAP's front end against what Hugging Face's ClapFeatureExtractor computed.</summary>
public sealed class ClapFeaturesTests
{
    private const string Folder = "hf/clap_features/";

    [Test]
    public void The_clip_of_the_goldens_is_made_anew()
    {
        using SafetensorsFile golden = Goldens.Open(Folder + "golden.safetensors");
        int[] pcm = Pcm(624_000);
        Assert.That(pcm.Take(4096), Is.EqualTo(golden.ReadAs<short>("pcm.first4096").Select(v => (int)v)));
        long[] sums = [pcm.Sum(v => (long)v), pcm.Sum(v => (long)Math.Abs(v)), pcm.Select((v, n) => v * (long)(n % 1000)).Sum()];
        Assert.That(sums, Is.EqualTo(golden.ReadAs<long>("pcm.624000.check")));
    }

    [TestCase("slaney", MelScale.Slaney)]
    [TestCase("htk", MelScale.Htk)]
    public void Has_the_originals_mel_weights(string name, MelScale scale)
    {
        using SafetensorsFile golden = Goldens.Open(Folder + "golden.safetensors");
        short[] index = golden.ReadAs<short>($"mel.{name}.index");
        double[] weights = golden.ReadAs<double>($"mel.{name}.weight");
        var actual = new ClapMelBank(64, 1024, 48_000, 50, 14_000, scale).Weights.ToDictionary(w => (w.FftBin, w.Bin), w => w.Weight);
        Assert.That(actual, Has.Count.EqualTo(weights.Length));
        for (int i = 0; i < weights.Length; i++)
        {
            Assert.That(actual[(index[2 * i], index[2 * i + 1])] / weights[i], Is.EqualTo(1).Within(1e-11));
        }
    }

    [TestCase("unfused.short")]
    [TestCase("unfused.short_repeat")]
    [TestCase("unfused.short_pad")]
    [TestCase("unfused.exact")]
    [TestCase("unfused.long")]
    [TestCase("fused.short")]
    [TestCase("fused.exact")]
    [TestCase("fused.plus300")]
    [TestCase("fused.plus480")]
    [TestCase("fused.long")]
    public void Equals_the_original(string name)
    {
        using SafetensorsFile golden = Goldens.Open(Folder + "golden.safetensors");
        JsonNode about = JsonNode.Parse(golden.Metadata["cases"])![name]!;
        float[] wave = Wave((int)about["samples"]!);
        int[] drawn = [.. about["random"]!.AsArray().Select(draw => (int)draw![2]!)];
        bool fused = (string)about["truncation"]! == "fusion";
        // The original took every sound that is shorter for a longer one, being alone in its batch.
        var extractor = new ClapFeatures(ClapFeatureRecipe.Read(Goldens.Path($"{Folder}preprocessor_config_{(fused ? "fused" : "unfused")}.json")) with
        {
            Padding = Enum.Parse<ClapPadding>((string)about["padding"]!, ignoreCase: true),
            ShortIsLonger = true,
        });
        int channels = (int)about["channels"]!, size = 1001 * 64;
        float[] actual = new float[channels * size];
        if (fused)
        {
            bool crops = extractor.FrameCount(wave.Length) > 1001;
            Assert.That(extractor.ExtractFused(wave, actual, crops ? drawn : []), Is.EqualTo((bool)about["is_longer"]!));
        }
        else
        {
            extractor.Extract(wave.AsSpan(drawn.FirstOrDefault()), actual);
        }
        if ((bool)about["channels_identical"]!)
        {
            Assert.That(Enumerable.Range(1, 3).All(c => actual.AsSpan(c * size, size).SequenceEqual(actual.AsSpan(0, size))));
            channels = 1;
        }

        float[] expected = golden.Read(name + ".frames").Data.ToArray();
        short[] rows = golden.ReadAs<short>(name + ".frame_index");
        float[] kept = [.. Enumerable.Range(0, channels).SelectMany(c => rows.SelectMany(r => actual.AsSpan(c * size + r * 64, 64).ToArray()))];
        Assert.That(Goldens.MaxDifference(kept, expected), Is.LessThan(5e-5f));
        // Silence is exact, except where a longer sound is interpolated.
        Assert.That(kept.Zip(expected).Skip(fused ? rows.Length * 64 : 0).Where(p => p.Second == -100).All(p => p.First == -100));
        double[] frameSums = golden.ReadAs<double>(name + ".frame_sum"), melSums = golden.ReadAs<double>(name + ".mel_sum");
        for (int c = 0; c < channels; c++)
        {
            for (int f = 0; f < 1001; f++)
            {
                double sum = actual.AsSpan(c * size + f * 64, 64).ToArray().Sum(v => (double)v);
                Assert.That(sum / 64, Is.EqualTo(frameSums[c * 1001 + f] / 64).Within(5e-5));
            }
            for (int m = 0; m < 64; m++)
            {
                double sum = Enumerable.Range(0, 1001).Sum(f => (double)actual[c * size + f * 64 + m]);
                Assert.That(sum / 1001, Is.EqualTo(melSums[c * 64 + m] / 1001).Within(5e-5));
            }
        }
    }

    [TestCase(1001, 0, 0, 0)]
    [TestCase(1002, 0, 1, 0)]
    [TestCase(1003, 0, 1, 2)]
    [TestCase(1301, 50, 150, 250)]
    [TestCase(4000, 499, 1499, 2499)]
    public void A_longer_sounds_windows_start_in_the_middle_of_each_third(int frames, int first, int second, int third)
    {
        int[] starts = new int[3];
        new ClapFeatures(new ClapFeatureRecipe { Fused = true }).CropStarts(frames, starts);
        Assert.That(starts, Is.EqualTo(new[] { first, second, third }));
    }

    [Test]
    public void A_longer_sound_gives_the_same_every_time_and_a_short_one_is_not_longer()
    {
        ClapFeatures extractor = Small(fused: true);
        float[] sound = Wave(1000), a = new float[4 * 17 * 8], b = new float[4 * 17 * 8];
        Assert.That(extractor.ExtractFused(sound, a), Is.True);
        Assert.That(extractor.ExtractFused(sound, b), Is.True);
        Assert.That(a, Is.EqualTo(b));
        // 63 frames have starts 0 to 46: the middles of 0-15, 16-31, 32-46.
        extractor.ExtractFused(sound, b, [7, 23, 39]);
        Assert.That(a, Is.EqualTo(b));
        extractor.ExtractFused(sound, b, [7, 24, 39]);
        Assert.That(a, Is.Not.EqualTo(b));
        Array.Fill(a, 5);
        Assert.That(extractor.ExtractFused(sound.AsSpan(0, 271), a), Is.False);
        Assert.That(a.AsSpan(17 * 8).ToArray(), Is.All.EqualTo(5));
        Assert.That(extractor.ExtractFused(sound.AsSpan(0, 272), a), Is.True);
    }

    [Test]
    public void No_sound_is_silence_and_samples_beyond_the_window_are_not_looked_at()
    {
        ClapFeatures extractor = Small(fused: false);
        float[] a = new float[17 * 8], b = new float[17 * 8];
        extractor.Extract([], a);
        Assert.That(a, Is.All.EqualTo(-100));
        float[] sound = Wave(1000);
        extractor.Extract(sound, a);
        extractor.Extract(sound.AsSpan(0, 256), b);
        Assert.That(a, Is.EqualTo(b));
    }

    [Test]
    public void Wrong_starts_and_front_ends_are_refused()
    {
        Assert.That(() => Small(fused: true).ExtractFused(new float[1000], new float[4 * 17 * 8], [0, 47, 0]), Throws.ArgumentException.With.Message.Contains("0 to 46"));
        Assert.That(() => Small(fused: true).ExtractFused(new float[1000], new float[4 * 17 * 8], [-1, 0, 0]), Throws.ArgumentException);
        Assert.That(() => Small(fused: false).ExtractFused(new float[1000], new float[4 * 17 * 8]), Throws.InvalidOperationException);
        Assert.That(() => new ClapFeatures(new ClapFeatureRecipe { FftLength = 1000 }), Throws.ArgumentException.With.Message.Contains("1000"));
        Assert.That(() => new ClapFeatures(new ClapFeatureRecipe { WindowSamples = 512 }), Throws.ArgumentException);
        Assert.That(() => new ClapFeatures(new ClapFeatureRecipe { HighHertz = 30_000 }), Throws.ArgumentException);
        Assert.That(() => new ClapFeatures(new ClapFeatureRecipe { Hop = 0 }), Throws.ArgumentException);
    }

    [TestCase("{", "JSON")]
    [TestCase("[]", "JSON object")]
    [TestCase("{\"top_db\": 80}", "top_db")]
    [TestCase("{\"truncation\": \"none\"}", "truncation")]
    [TestCase("{\"padding\": 3}", "padding")]
    [TestCase("{\"hop_length\": 0.5}", "hop_length")]
    [TestCase("{\"hop_length\": -1}", "Hop = -1")]
    [TestCase("{\"fft_window_size\": 1000}", "FftLength = 1000")]
    [TestCase("{\"max_length_s\": 2000000000}", "WindowSamples")]
    [TestCase("{\"frequency_min\": \"low\"}", "frequency_min")]
    [TestCase("{\"feature_extractor_type\": \"WhisperFeatureExtractor\"}", "ClapFeatureExtractor")]
    public void Settings_that_cannot_be_met_are_named(string json, string named)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"preprocessor_{TestContext.CurrentContext.Test.ID}.json");
        File.WriteAllText(path, json);
        Assert.That(() => ClapFeatureRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(named).And.Message.Contains(path));
        File.Delete(path);
    }

    [Test]
    public void A_recipe_survives_JSON() =>
        Assert.That(
            JsonSerializer.Deserialize<ClapFeatureRecipe>(JsonSerializer.Serialize(new ClapFeatureRecipe { Fused = true, Padding = ClapPadding.Pad })),
            Is.EqualTo(new ClapFeatureRecipe { Fused = true, Padding = ClapPadding.Pad }));

    // 17 frames of 32 samples every 16.
    private static ClapFeatures Small(bool fused) => new(new ClapFeatureRecipe
    {
        SampleRate = 1000,
        FftLength = 32,
        Hop = 16,
        Bins = 8,
        LowHertz = 0,
        HighHertz = 500,
        WindowSamples = 256,
        Fused = fused,
    });

    private static float[] Wave(int count) => [.. Pcm(count).Select(v => v / 32768f)];

    // The goldens' clip, by integer arithmetic: noise whose loudness changes, a buzz, a chirp, quiet parts and silence.
    private static int[] Pcm(int count)
    {
        int[] pcm = new int[count];
        uint s = 12345;
        for (long n = 0; n < count; n++)
        {
            s = unchecked(1664525 * s + 1013904223);
            int v = (((int)(s >> 16) - 32768) >> (int)(3 + 2 * (n / 4800 % 5)))
                + (int)(8000 * (n % 109) / 109) - 4000
                + (int)(Math.Abs(n * n % (1 << 22) - (1 << 21)) >> 9) - 2048;
            pcm[n] = (n / 12000 % 7) switch { 3 => v >> 9, 5 => 0, _ => v };
        }
        return pcm;
    }
}
