using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>CLAP's audio tower, unfused and fused, against what Hugging Face's ClapModel computed.</summary>
public sealed class ClapAudioGoldenTests
{
    private static readonly string[] unfusedPlaces =
    [
        "stage0.block0", "stage0.block1", "stage0.downsample", "stage1.block0", "stage1.downsample",
        "stage2.block0", "stage2.block1", "stage2.block2", "stage2.downsample", "stage3.block0", "stage3.block1", "norm",
    ];

    private static readonly string[] fusedPlaces =
    [
        "stage0.block0", "stage0.block1", "stage0.downsample", "stage1.block0", "stage1.block1", "stage1.downsample",
        "stage2.block0", "stage2.block1", "stage2.downsample", "stage3.block0", "stage3.block1", "norm",
    ];

    [TestCase("clap_tiny")]
    [TestCase("clap_tiny_fused")]
    public void Every_stored_activation_is_met(string model)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{model}/golden.safetensors");
        ClapAudioTower tower = Open(model);
        ClapAudioShape shape = tower.Shape;
        Dictionary<string, float[]> seen = [];
        var b = new ClapAudioBuffers(tower, 2) { Observer = (name, values) => seen.TryAdd(name, values.ToArray()) };
        tower.Forward(golden.Read("input.features").Span, Longer(golden, shape), 2, 501, b);

        Check(seen["image"], golden, "audio.ex0.image", 2e-5f);
        if (shape.Fused)
        {
            float[] rows = [.. seen["image_ch3"].Chunk(128).Where((_, row) => row % 16 == 0).SelectMany(row => row)];
            Check(rows, golden, "audio.ex0.image_ch3_rows", 2e-5f);
        }
        foreach (string place in (string[])["patch_embed", .. shape.Fused ? fusedPlaces : unfusedPlaces])
        {
            CheckTokens(seen[place], golden, "audio.ex0." + place);
        }
        Check(b.Pooled.Span, golden, "out.audio_pooled", 5e-5f);
        Check(b.Embeddings.Span, golden, "out.audio_projected", 5e-5f);
        CheckEmbeddings(b, golden, "out.audio_embeds");
    }

    [TestCase("clap_tiny")]
    [TestCase("clap_tiny_fused")]
    public void Fewer_frames_are_stretched_and_a_full_picture_is_not(string model)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{model}/golden.safetensors");
        ClapAudioTower tower = Open(model);
        bool[] longer = Longer(golden, tower.Shape);
        float[][] sounds = [.. golden.Read("input.features").Data.ToArray().Chunk(501 * 32)];
        var b = new ClapAudioBuffers(tower, 2);
        tower.Forward([.. sounds.SelectMany(s => s.Take(100 * 32))], longer, 2, 100, b);
        CheckEmbeddings(b, golden, "out.audio_embeds_100frames");
        tower.Forward([.. sounds.SelectMany(s => s.Concat(s.Chunk(32).Take(11).Reverse().SelectMany(f => f)))], longer, 2, 512, b);
        CheckEmbeddings(b, golden, "out.audio_embeds_512frames");
    }

    [TestCase("none", false)]
    [TestCase("all", true)]
    public void A_sound_is_fused_when_it_is_longer_and_only_then(string which, bool longer)
    {
        using SafetensorsFile golden = Goldens.Open("hf/clap_tiny_fused/golden.safetensors");
        ClapAudioTower tower = Open("clap_tiny_fused");
        float[] input = golden.Read("input.features").Data.ToArray();
        var b = new ClapAudioBuffers(tower, 2);
        tower.Forward(input, [longer, longer], 2, 501, b);
        CheckEmbeddings(b, golden, $"out.audio_embeds_{which}_longer");
        if (!longer)
        {
            for (int c = 1; c < 4; c++)
            {
                input.AsSpan(c * 501 * 32, 501 * 32).Fill(float.NaN);
            }
            tower.Forward(input, [], 2, 501, b);
            CheckEmbeddings(b, golden, "out.audio_embeds_none_longer"); // the other channels are not looked at
        }
    }

    [TestCase("clap_tiny")]
    [TestCase("clap_tiny_fused")]
    public void A_sounds_vector_does_not_depend_on_its_neighbours(string model)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{model}/golden.safetensors");
        ClapAudioTower tower = Open(model);
        ClapAudioShape shape = tower.Shape;
        bool[] longer = Longer(golden, shape);
        float[] input = golden.Read("input.features").Data.ToArray();
        int size = input.Length / 2;
        // Five sounds, one of them over and over: other places in the batch, other windows at once.
        var many = new ClapAudioBuffers(tower, 5);
        tower.Forward([.. input, .. input[size..], .. input[size..], .. input[size..]], [.. longer, longer[1], longer[1], longer[1]], 5, 501, many);
        var one = new ClapAudioBuffers(tower, 1);
        tower.Forward(input.AsSpan(size), [longer[1]], 1, 501, one);
        foreach (float[] embedding in many.Embeddings.ToArray().Chunk(shape.Embedding).Skip(1))
        {
            Assert.That(embedding, Is.EqualTo(one.Embeddings.ToArray()));
        }
    }

    [Test]
    public void An_encoder_hears_through_the_front_end()
    {
        foreach (bool fused in new[] { false, true })
        {
            ClapAudioTower tower = Open(fused ? "clap_tiny_fused" : "clap_tiny");
            var features = new ClapFeatures(new ClapFeatureRecipe { Bins = 32, WindowSamples = 24_000, Fused = fused });
            var encoder = new ClapAudioEncoder(tower, features, fused ? 48_000 : 24_000, maxBatch: 2);
            Assert.That(new[] { encoder.Dimensions, encoder.SampleRate, encoder.WindowSamples }, Is.EqualTo(new[] { tower.Shape.Embedding, 48_000, fused ? 48_000 : 24_000 }));
            var random = new Random(1);
            float[] sound = [.. Enumerable.Range(0, 50_000).Select(_ => random.NextSingle() - 0.5f)];
            ReadOnlyMemory<float>[] windows = [sound.AsMemory(0, 10_000), sound.AsMemory(0, 40_000), sound, default, sound.AsMemory(0, 10_000)];
            float[] embeddings = new float[windows.Length * encoder.Dimensions];
            encoder.Encode(windows, embeddings);

            int channels = tower.Shape.Channels, size = 51 * 32;
            var b = new ClapAudioBuffers(tower, 1);
            for (int i = 0; i < windows.Length; i++)
            {
                float[] input = new float[channels * size], expected = new float[encoder.Dimensions];
                ReadOnlySpan<float> window = windows[i].Span[..Math.Min(windows[i].Length, encoder.WindowSamples)];
                bool longer = fused && features.ExtractFused(window, input);
                if (!fused)
                {
                    features.Extract(window, input);
                }
                Assert.That(longer, Is.EqualTo(fused && window.Length > 24_000));
                tower.Forward(input, [longer], 1, 51, b);
                UnitLength.Forward(b.Embeddings.Span, expected, 1, expected.Length);
                Assert.That(embeddings.AsSpan(i * expected.Length, expected.Length).ToArray(), Is.EqualTo(expected));
            }
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Encoding_allocates_nothing_once_it_is_warm(bool fused)
    {
        ClapAudioTower tower = Open(fused ? "clap_tiny_fused" : "clap_tiny");
        var features = new ClapFeatures(new ClapFeatureRecipe { Bins = 32, WindowSamples = 24_000, Fused = fused });
        var encoder = new ClapAudioEncoder(tower, features, fused ? 48_000 : 24_000, maxBatch: 2);
        ReadOnlyMemory<float>[] windows = [new float[24_000], new float[encoder.WindowSamples]];
        float[] embeddings = new float[2 * encoder.Dimensions];
        Kernels.Allocations.None(() => encoder.Encode(windows, embeddings));
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        ClapAudioTower tower = Open("clap_tiny"), fused = Open("clap_tiny_fused");
        var b = new ClapAudioBuffers(tower, 1);
        Assert.That(() => tower.Forward(new float[513 * 32], [], 1, 513, b), Throws.ArgumentException.With.Message.Contains("1 to 512 frames; asked for 513"));
        Assert.That(() => tower.Forward([], [], 1, 0, b), Throws.ArgumentException.With.Message.Contains("asked for 0"));
        Assert.That(() => tower.Forward(new float[100 * 32 - 1], [], 1, 100, b), Throws.ArgumentException.With.Message.Contains("3199"));
        Assert.That(() => tower.Forward(new float[200 * 32], [], 2, 100, b), Throws.ArgumentException.With.Message.Contains("hold 1 sounds; asked for 2"));
        Assert.That(() => tower.Forward(new float[100 * 32], [true], 1, 100, b), Throws.ArgumentException.With.Message.Contains("fused"));
        Assert.That(() => tower.Forward(new float[100 * 32], [false, false], 1, 100, b), Throws.ArgumentException);

        var features = new ClapFeatures(new ClapFeatureRecipe { Bins = 32, WindowSamples = 240_000 });
        var fusing = new ClapFeatures(new ClapFeatureRecipe { Bins = 32, WindowSamples = 240_000, Fused = true });
        Assert.That(() => new ClapAudioEncoder(tower, features, 240_001), Throws.ArgumentException.With.Message.Contains("240001"));
        Assert.That(() => new ClapAudioEncoder(tower, fusing), Throws.ArgumentException.With.Message.Contains("4 x 501 x 32"));
        Assert.That(() => new ClapAudioEncoder(fused, features), Throws.ArgumentException);
        Assert.That(() => new ClapAudioEncoder(tower, new ClapFeatures(new ClapFeatureRecipe { Bins = 32 })), Throws.ArgumentException.With.Message.Contains("1001"));
        Assert.That(() => new ClapAudioEncoder(tower, features).Encode([default], new float[31]), Throws.ArgumentException.With.Message.Contains("32"));
    }

    internal static ClapAudioTower Open(string model)
    {
        ClapAudioShape shape = ClapAudioCheckpoint.ReadShape(HuggingFaceConfig.Open(Goldens.Path($"hf/{model}/config.json")));
        using SafetensorsFile file = Goldens.Open($"hf/{model}/model.safetensors");
        return new ClapAudioTower(ClapAudioCheckpoint.Load(shape, name => file.Entries.ContainsKey(name) ? file.Read(name) : null, file.Path), shape);
    }

    private static bool[] Longer(SafetensorsFile golden, ClapAudioShape shape) =>
        [.. golden.ReadAs<byte>("input.is_longer").Select(flag => flag != 0 && shape.Fused)];

    private static void Check(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, float tolerance)
    {
        Tensor expected = golden.Read(name);
        Assert.That(Goldens.MaxDifference(actual[..expected.Data.Length], expected.Span), Is.LessThanOrEqualTo(tolerance), name);
    }

    /// <summary>Example 0: all tokens, or tokens 3, 8, 13, ... and the sum over all of them.</summary>
    private static void CheckTokens(float[] actual, SafetensorsFile golden, string name)
    {
        if (golden.Entries.ContainsKey(name))
        {
            Check(actual, golden, name, 1e-4f);
            return;
        }
        double[] sums = golden.ReadAs<double>(name + ".sum");
        float[][] tokens = [.. actual.Take(actual.Length / 2).Chunk(sums.Length)];
        Check([.. tokens.Where((_, t) => t % 5 == 3).SelectMany(t => t)], golden, name + ".tok_mod5eq3", 1e-4f);
        for (int i = 0; i < sums.Length; i++)
        {
            Assert.That(tokens.Sum(t => (double)t[i]), Is.EqualTo(sums[i]).Within(2e-3), name);
        }
    }

    private static void CheckEmbeddings(ClapAudioBuffers b, SafetensorsFile golden, string name)
    {
        int width = golden.Entries[name].Shape[1];
        float[] unit = new float[2 * width];
        UnitLength.Forward(b.Embeddings.Span, unit, 2, width);
        Check(unit, golden, name, 1e-5f);
    }
}
