using System.Text.Json;
using System.Text.Json.Nodes;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>Sizes and weights of CLAP's audio tower as Hugging Face saves them.</summary>
public sealed class ClapAudioCheckpointTests
{
    [Test]
    public void What_is_not_given_makes_the_public_models_sizes()
    {
        // Parameters of audio_model, running statistics of its batch norms, parameters of audio_projection.
        long unfused = new ClapAudioShape().Layout().Sum(p => (long)p.Count);
        Assert.That(unfused, Is.EqualTo(27_534_488 + 2 * 64 + 656_384));
        long fused = new ClapAudioShape { Fused = true }.Layout().Sum(p => (long)p.Count);
        Assert.That(fused - unfused, Is.EqualTo(153_507_530 - 153_492_890 + 4 * (24 + 96)));
    }

    [Test]
    public void An_empty_config_is_that_of_the_public_unfused_model()
    {
        ClapAudioShape shape = ReadShape("""{"model_type": "clap", "audio_config": {}}"""), expected = new();
        Assert.That(shape with { Depths = expected.Depths, Heads = expected.Heads }, Is.EqualTo(expected));
        Assert.That(shape.Depths, Is.EqualTo(expected.Depths));
        Assert.That(shape.Heads, Is.EqualTo(expected.Heads));
        Assert.That(new[] { shape.MaxFrames, shape.Grid(0), shape.Grid(3), shape.FinalWidth, shape.Shift(2, 1), shape.Shift(3, 1) }, Is.EqualTo(new[] { 1024, 64, 8, 768, 4, 0 }));
    }

    [Test]
    public void A_shape_survives_JSON()
    {
        string json = JsonSerializer.Serialize(ReadShape(File.ReadAllText(Goldens.Path("hf/clap_tiny_fused/config.json"))));
        ClapAudioShape shape = JsonSerializer.Deserialize<ClapAudioShape>(json)!;
        Assert.That(JsonSerializer.Serialize(shape), Is.EqualTo(json));
        Assert.That((shape.Epsilon, shape.Embedding, shape.Fused, shape.Heads[3]), Is.EqualTo((1e-3f, 24, true, 8)));
    }

    [TestCase("model_type", "\"clip\"")]
    [TestCase("projection_dim", "0")]
    [TestCase("projection_hidden_act", "\"gelu\"")]
    [TestCase("audio_config", "3")]
    [TestCase("audio_config.depths", "[2, 2]")]
    [TestCase("audio_config.depths", "[2, \"x\"]")]
    [TestCase("audio_config.depths", "[2, 0, 2, 2]")]
    [TestCase("audio_config.depths", "[]")]
    [TestCase("audio_config.num_attention_heads", "[3, 3, 3, 3]")]
    [TestCase("audio_config.num_attention_heads", "[0, 4, 4, 8]")]
    [TestCase("audio_config.patch_stride", "[2, 2]")]
    [TestCase("audio_config.patch_embed_input_channels", "4")]
    [TestCase("audio_config.fusion_type", "\"channel_map\"")]
    [TestCase("audio_config.hidden_act", "\"silu\"")]
    [TestCase("audio_config.hidden_size", "64")]
    [TestCase("audio_config.qkv_bias", "false")]
    [TestCase("audio_config.num_mel_bins", "0")]
    [TestCase("audio_config.num_mel_bins", "48")]
    [TestCase("audio_config.window_size", "8")]
    [TestCase("audio_config.window_size", "3")]
    [TestCase("audio_config.spec_size", "1e9")]
    [TestCase("audio_config.mlp_ratio", "1e300")]
    [TestCase("audio_config.mlp_ratio", "1e999")]
    [TestCase("audio_config.patch_embeds_hidden_size", "2147483647")]
    [TestCase("audio_config.layer_norm_eps", "-1")]
    public void A_config_that_cannot_be_met_is_refused(string setting, string value)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Goldens.Path("hf/clap_tiny/config.json")))!;
        string[] way = setting.Split('.');
        (way.Length == 2 ? config[way[0]]! : config)[way[^1]] = JsonNode.Parse(value);
        Assert.That(() => ReadShape(config.ToJsonString()), Throws.TypeOf<FileFormatException>());
    }

    [Test]
    public void A_missing_tensor_and_one_of_another_shape_are_named_as_they_are_in_the_file()
    {
        using SafetensorsFile file = Goldens.Open("hf/clap_tiny/model.safetensors");
        ClapAudioShape shape = ClapAudioCheckpoint.ReadShape(HuggingFaceConfig.Open(Goldens.Path("hf/clap_tiny/config.json")));
        const string Key = "audio_model.audio_encoder.layers.2.blocks.1.attention.self.key.weight", Patches = "audio_model.audio_encoder.patch_embed.proj.weight";
        Assert.That(
            () => ClapAudioCheckpoint.Load(shape, name => name == Key ? null : file.Read(name), file.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains($"{Key} [64, 64]").And.Message.Contains("none of that name").And.Message.Contains(file.Path));
        Assert.That(
            () => ClapAudioCheckpoint.Load(shape, name => name == Patches ? new Tensor(name, [16, 16], new float[256]) : file.Read(name), file.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains($"{Patches} [16, 1, 4, 4]").And.Message.Contains("[16, 16]"));
        Assert.That(
            () => ClapAudioCheckpoint.Load(shape with { Fused = true }, name => file.Entries.ContainsKey(name) ? file.Read(name) : null, file.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("audio_model.audio_encoder.patch_embed.mel_conv2d.weight [16, 1, 4, 12]"));
    }

    [Test]
    public void Every_tensor_of_the_file_that_is_the_audio_towers_is_read_once()
    {
        foreach (string model in new[] { "clap_tiny", "clap_tiny_fused" })
        {
            using SafetensorsFile file = Goldens.Open($"hf/{model}/model.safetensors");
            ClapAudioShape shape = ClapAudioCheckpoint.ReadShape(HuggingFaceConfig.Open(Goldens.Path($"hf/{model}/config.json")));
            List<string> read = [];
            ClapAudioCheckpoint.Load(
                shape,
                name =>
                {
                    read.Add(name);
                    return file.Read(name);
                },
                file.Path);
            Assert.That(read, Is.EquivalentTo(file.Entries.Keys.Where(name =>
                name.StartsWith("audio_", StringComparison.Ordinal) && !name.EndsWith("relative_position_index", StringComparison.Ordinal)
                && !name.EndsWith("num_batches_tracked", StringComparison.Ordinal))));
        }
    }

    private static ClapAudioShape ReadShape(string json)
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"config_{TestContext.CurrentContext.Test.ID}.json");
        File.WriteAllText(path, json);
        try
        {
            return ClapAudioCheckpoint.ReadShape(HuggingFaceConfig.Open(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
