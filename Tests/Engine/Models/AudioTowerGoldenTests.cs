using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>VIP-ANT's audio tower against what the original code computed.</summary>
public class AudioTowerGoldenTests
{
    private const string Prefix = "audio_head.";

    private static readonly AudioTowerShape tinyShape = new()
    {
        Frames = 1000,
        Bins = 128,
        Channels = 3,
        PatchHeight = 32,
        PatchWidth = 32,
        StrideHeight = 16,
        StrideWidth = 24,
        Width = 64,
        Heads = 1,
        Layers = 2,
        Embedding = 32,
    };

    [Test]
    public void Every_stored_activation_is_met()
    {
        using SafetensorsFile golden = Goldens.Open("audio_head_tiny.safetensors");
        var tower = new AudioTower(ParameterSet.Load(tinyShape.Layout(), golden, Prefix), tinyShape);
        float[] input = Values(golden, "input.fbank");
        foreach (bool training in new[] { false, true })
        {
            var b = new AudioTowerBuffers(tower, 2, 1000, training);
            tower.Forward(input, 2, 1000, b);
            CheckEmbeddings(b.Embeddings.Span, golden, "out.embedding", 5e-5f);
            if (training)
            {
                Check(b.Assembled.Span, golden, "ex0.tokens_before_ln_pre", 2e-4f);
                Check(b.Transformer.Input.Span, golden, "ex0.tokens_after_ln_pre", 2e-4f);
                Check(b.Transformer.Blocks[0].Output.Span, golden, "ex0.tokens_after_block0", 2e-4f);
                Check(b.Transformer.Blocks[1].Output.Span, golden, "ex0.tokens_after_block1", 2e-4f);
            }
            Check(b.Normal.Span, golden, "ex0.cls_after_ln_post", 2e-4f);
            float[] unit = new float[2 * 32];
            UnitLength.Forward(b.Embeddings.Span, unit, 2, 32);
            Check(unit, golden, "out.embedding_normalized", 5e-5f);
        }
    }

    [Test]
    public void A_shorter_clip_uses_the_first_positions()
    {
        using SafetensorsFile golden = Goldens.Open("audio_head_tiny.safetensors");
        var tower = new AudioTower(ParameterSet.Load(tinyShape.Layout(), golden, Prefix), tinyShape);
        float[] input = Values(golden, "input.fbank"), cut = [.. input.AsSpan(0, 600 * 128), .. input.AsSpan(1000 * 128, 600 * 128)];
        CheckEmbeddings(Embed(tower, cut, 2, 600), golden, "out_600frames.embedding", 5e-5f);
    }

    [Test]
    public void Three_channels_go_through_the_kernels_unaveraged()
    {
        using SafetensorsFile golden = Goldens.Open("audio_head_tiny.safetensors");
        var tower = new AudioTower(ParameterSet.Load(tinyShape.Layout(), golden, Prefix), tinyShape);
        float[] input = [.. Values(golden, "input.fbank").SelectMany(v => new[] { v, v, v })];
        CheckEmbeddings(Embed(tower, input, 2, 1000), golden, "out_3channels.embedding", 5e-5f);
    }

    [Test]
    public void Two_heads_and_kernels_of_one_channel()
    {
        using SafetensorsFile golden = Goldens.Open("audio_head_2heads.safetensors");
        AudioTowerShape shape = tinyShape with { Frames = 300, Channels = 1, PatchHeight = 16, PatchWidth = 16, Width = 128, Heads = 2, Layers = 1 };
        var tower = new AudioTower(ParameterSet.Load(shape.Layout(), golden, Prefix), shape);
        var b = new AudioTowerBuffers(tower, 1, 300, training: true);
        tower.Forward(Values(golden, "input.fbank"), 1, 300, b);
        Check(b.Assembled.Span, golden, "ex0.tokens_before_ln_pre", 2e-4f);
        Check(b.Transformer.Blocks[0].Output.Span, golden, "ex0.tokens_after_block0", 2e-4f);
        CheckEmbeddings(b.Embeddings.Span, golden, "out.embedding", 5e-5f);
    }

    [Test]
    public void Longer_sounds_have_the_positions_resized()
    {
        using SafetensorsFile tiny = Goldens.Open("audio_head_tiny.safetensors"), golden = Goldens.Open("audio_head_1800.safetensors");
        AudioTowerShape longer = tinyShape with { Frames = 1800 };
        ParameterSet parameters = PretrainedAudio.Load(longer, 1000, Source(tiny), tiny.Path);
        Check(parameters.Get("misc.positional_embedding", 556, 64).Span, golden, "pos_1800", 2e-5f);
        float[] input = Values(tiny, "input.fbank")[..(1800 * 128)];
        CheckEmbeddings(Embed(new AudioTower(parameters, longer), input, 1, 1800), golden, "out_1800.embedding", 1e-4f);
        var unresized = new AudioTower(ParameterSet.Load(tinyShape.Layout(), tiny, Prefix), tinyShape);
        CheckEmbeddings(Embed(unresized, input, 1, 1800), golden, "out_1800.embedding", 1e-4f); // the tower does it by itself
    }

    [Test]
    public void Shorter_towers_cut_the_positions_from_row_6_on()
    {
        using SafetensorsFile tiny = Goldens.Open("audio_head_tiny.safetensors"), golden = Goldens.Open("audio_head_1800.safetensors");
        ParameterSet shorter = PretrainedAudio.Load(tinyShape with { Frames = 500 }, 1000, Source(tiny), tiny.Path);
        Check(shorter.Get("misc.positional_embedding", 151, 64).Span, golden, "pos_500_from_1000", 0);
        Tensor long1800 = golden.Read("pos_1800");
        ParameterSet back = PretrainedAudio.Load(
            tinyShape, 1800, name => name == "misc.positional_embedding" ? long1800 : Source(tiny)(name), tiny.Path);
        Check(back.Get("misc.positional_embedding", 306, 64).Span, golden, "pos_1000_from_1800", 0);
        Assert.That(
            () => PretrainedAudio.Load(tinyShape with { Frames = 950 }, 1000, Source(tiny), tiny.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("3 to spare"));
    }

    [Test]
    public void A_checkpoint_with_the_vision_grid_is_brought_to_the_audio_grid()
    {
        using SafetensorsFile tiny = Goldens.Open("audio_head_tiny.safetensors"), golden = Goldens.Open("audio_head_1800.safetensors");
        using SafetensorsFile clip = Goldens.Open("audio_head_from_clip.safetensors");
        Tensor vision = clip.Read("source.visual.positional_embedding");
        ParameterSet parameters = PretrainedAudio.Load(
            tinyShape, 1000, name => name == "misc.positional_embedding" ? vision : Source(tiny)(name), tiny.Path);
        Check(parameters.Get("misc.positional_embedding", 306, 64).Span, golden, "pos_1000_from_vision50", 2e-5f);
    }

    [TestCase("p32c3", 32, 3)]
    [TestCase("p16c3", 16, 3)]
    [TestCase("p32c1", 32, 1)]
    public void An_audio_tower_starts_from_CLIPs_image_tower(string variant, int patch, int channels)
    {
        using SafetensorsFile tiny = Goldens.Open("audio_head_tiny.safetensors"), golden = Goldens.Open("audio_head_from_clip.safetensors");
        AudioTowerShape shape = tinyShape with { PatchHeight = patch, PatchWidth = patch, Channels = channels };
        ParameterSet parameters = ClipVisual.Load(
            shape, name => golden.Entries.ContainsKey("source." + name) ? golden.Read("source." + name) : null, golden.Path);
        Span<float> kernels = parameters.Get("pre_encoder.conv1.weight", 64, channels, patch, patch).Span;
        Span<float> positions = parameters.Get("misc.positional_embedding", shape.Tokens(1000), 64).Span;
        if (variant != "p32c1")
        {
            Check(positions, golden, $"{variant}.pos", 2e-6f);
        }
        if (variant == "p32c3")
        {
            Check(kernels, golden, "p32c3.conv1_first4", 2e-6f);
        }
        if (variant == "p32c1")
        {
            Check(positions, golden, "p32c3.pos", 2e-6f);
            Check(kernels, golden, "p32c1.conv1_first8", 2e-6f);
        }
        CheckEmbeddings(Embed(new AudioTower(parameters, shape), Values(tiny, "input.fbank"), 2, 1000), golden, $"{variant}.out.embedding", 5e-5f);
    }

    [Test]
    public void A_tower_of_another_width_is_refused_by_name_and_shape()
    {
        using SafetensorsFile golden = Goldens.Open("audio_head_tiny.safetensors");
        AudioTowerShape wide = tinyShape with { Width = 128 };
        Assert.That(
            () => ParameterSet.Load(wide.Layout(), golden, Prefix),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("pre_encoder.conv1.weight [128, 3, 32, 32]").And.Message.Contains("[64, 3, 32, 32]"));
    }

    private static Func<string, Tensor?> Source(SafetensorsFile file) =>
        name => file.Entries.ContainsKey(Prefix + name) ? file.Read(Prefix + name) : null;

    private static float[] Values(SafetensorsFile file, string name) => file.Read(name).Data.ToArray();

    private static float[] Embed(AudioTower tower, float[] input, int batch, int frames)
    {
        var b = new AudioTowerBuffers(tower, batch, frames, training: false);
        tower.Forward(input, batch, frames, b);
        return b.Embeddings.ToArray();
    }

    private static void Check(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, float tolerance)
    {
        Tensor expected = golden.Read(name);
        Assert.That(Goldens.MaxDifference(actual[..expected.Data.Length], expected.Span), Is.LessThanOrEqualTo(tolerance), name);
    }

    private static void CheckEmbeddings(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, float tolerance)
    {
        Check(actual, golden, name, tolerance);
        Tensor expected = golden.Read(name);
        int width = expected.Shape[^1], rows = expected.Shape[0];
        float[] a = new float[rows * width], b = new float[rows * width];
        UnitLength.Forward(actual, a, rows, width);
        UnitLength.Forward(expected.Span, b, rows, width);
        for (int r = 0; r < rows; r++)
        {
            double cosine = 0;
            for (int i = 0; i < width; i++)
            {
                cosine += (double)a[r * width + i] * b[r * width + i];
            }
            Assert.That(cosine, Is.GreaterThan(1 - 1e-5), name);
        }
    }
}
