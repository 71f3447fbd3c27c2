using System.Text.Json.Nodes;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>Hugging Face's CLIPModel, text and images, against what it computed; MLPs are neither 4 times as wide nor heads 64.</summary>
internal sealed class HuggingFaceClipTests
{
    private const int Embedding = 48;

    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".json");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void Every_stored_text_activation_is_met()
    {
        using SafetensorsFile golden = OpenGolden();
        TextTower tower = OpenText("config.json");
        (int[] ids, int length) = Ids(golden);
        int width = tower.Shape.Width;
        var b = new TextTowerBuffers(tower.Shape, 1, length, training: true);
        tower.Forward(ids.AsSpan(length, length), [0], 1, length, b);
        Check(b.Transformer.Input.Span, golden, "text.ex1.embeddings", 1e-4f);
        Check(b.Transformer.Blocks[0].Output.Span, golden, "text.ex1.layer0", 1e-4f);
        Check(b.Transformer.Blocks[1].Output.Span, golden, "text.ex1.layer1", 1e-4f);
        float[] normal = new float[length * width];
        tower.NormFinal.Forward(b.Transformer.Output.Span[..normal.Length], normal, new float[length], new float[length], length);
        Check(normal, golden, "text.ex1.final_layer_norm", 1e-4f);
    }

    [TestCase("config.json", "pooled_position_new", "")]
    [TestCase("config_eos2.json", "pooled_position_eos2", "_eos2")]
    public void Texts_have_the_original_features_and_logits_by_both_rules_of_the_end_token(string config, string positions, string suffix)
    {
        using SafetensorsFile golden = OpenGolden(), weights = Goldens.Open("hf/clip_hf_tiny/model.safetensors");
        TextTower tower = OpenText(config);
        (int[] ids, int length) = Ids(golden);
        int batch = ids.Length / length;
        int[] ends = [.. Enumerable.Range(0, batch).Select(r => tower.Shape.EndOf(ids.AsSpan(r * length, length)))];
        Assert.That(ends, Is.EqualTo(JsonNode.Parse(golden.Metadata[positions])!.AsArray().Select(n => (int)n!)));
        float[] features = Encode(tower, ids, ends, length);
        Check(features, golden, "out.text_features" + suffix, 5e-5f);

        // Nothing after the end token matters: TextEncoder cuts rows there.
        int row = 0;
        var encoder = new TextEncoder(tower, _ => ids.AsSpan(length * row++, length).ToArray());
        float[] embeddings = new float[features.Length], expected = new float[features.Length];
        encoder.Encode([.. Enumerable.Repeat("", batch)], embeddings);
        UnitLength.Forward(features, expected, batch, Embedding);
        Assert.That(Goldens.MaxDifference(embeddings, expected), Is.LessThan(1e-5));

        using (Assert.EnterMultipleScope())
        {
            float scale = HuggingFaceClip.LogitScale(Source(weights), weights.Path);
            Assert.That(scale, Is.EqualTo(2.65625f));
            float[] logits = Logits(embeddings, golden.Read("out.image_embeds").Span, scale);
            Check(logits, golden, "out.logits_per_text" + suffix, 1e-4f);
            if (suffix.Length == 0)
            {
                Check(embeddings, golden, "out.text_embeds", 1e-5f);
                Assert.That(Loss(logits, 3), Is.EqualTo(golden.Read("out.loss3").Span[0]).Within(1e-5));
            }
        }
    }

    [Test]
    public void Every_stored_image_activation_is_met()
    {
        using SafetensorsFile golden = OpenGolden();
        AudioTower tower = OpenImage(64);
        float[] picture = ChannelsLast(golden.Read("input.pixel_values"));
        int one = 64 * 64 * 3;
        var b = new AudioTowerBuffers(tower, 1, 64, training: true);
        tower.Forward(picture.AsSpan(one, one), 1, 64, b);
        Check(b.Assembled.Span, golden, "image.ex1.embeddings", 1e-4f);
        Check(b.Transformer.Input.Span, golden, "image.ex1.pre_layrnorm", 1e-4f);
        Check(b.Transformer.Blocks[0].Output.Span, golden, "image.ex1.layer0", 1e-4f);
        Check(b.Transformer.Blocks[1].Output.Span, golden, "image.ex1.layer1", 1e-4f);
        Check(b.Normal.Span, golden, "image.ex1.post_layernorm", 1e-4f);

        var all = new AudioTowerBuffers(tower, 3, 64, training: false);
        tower.Forward(picture, 3, 64, all);
        Check(all.Embeddings.Span, golden, "out.image_features", 5e-5f);
        UnitLength.Forward(all.Embeddings.Span, all.Embeddings.Span, 3, Embedding);
        Check(all.Embeddings.Span, golden, "out.image_embeds", 1e-5f);
    }

    [Test]
    public void Positions_are_resized_for_larger_pictures()
    {
        using SafetensorsFile golden = OpenGolden();
        AudioTower tower = OpenImage(96);
        var b = new AudioTowerBuffers(tower, 1, 96, training: false);
        tower.Forward(ChannelsLast(golden.Read("input.pixel_values_96")), 1, 96, b);
        Check(b.Embeddings.Span, golden, "out.image_features_96", 5e-5f);
    }

    [Test]
    public void A_bicubic_resize_to_the_same_grid_changes_nothing_and_keeps_a_constant()
    {
        float[] grid = Values.Random(4 * 5 * 3, 2), constant = [.. Enumerable.Repeat(1.5f, 60)];
        Assert.That(Goldens.MaxDifference(PositionGrid.ResizeBicubic(grid, 4, 5, 4, 5, 3), grid), Is.LessThan(1e-6));
        Assert.That(PositionGrid.ResizeBicubic(constant, 4, 5, 7, 2, 3), Is.All.EqualTo(1.5f).Within(1e-5));
    }

    [Test]
    public void A_row_without_a_rule_ends_with_its_last_token()
    {
        var shape = new TextTowerShape(10, 8, 4, 1, 1, 4);
        Assert.That(shape.EndOf([5, 9, 3]), Is.EqualTo(2));
        Assert.That((shape with { EndToken = 9 }).EndOf([5, 9, 3, 9]), Is.EqualTo(1));
        Assert.That((shape with { EndToken = 7 }).EndOf([5, 9, 3]), Is.EqualTo(0));
        Assert.That((shape with { EndToken = 2 }).EndOf([5, 9, 2, 9]), Is.EqualTo(1));
    }

    [Test]
    public void What_a_config_leaves_out_is_ViT_B_32()
    {
        File.WriteAllText(path, """{"model_type": "clip", "text_config": {"hidden_act": "gelu"}, "vision_config": {}}""");
        HuggingFaceConfig config = HuggingFaceConfig.Open(path);
        TextTowerShape text = HuggingFaceClip.ReadTextShape(config);
        AudioTowerShape image = HuggingFaceClip.ReadImageShape(config);
        Assert.That(text.Layout().Sum(p => (long)p.Count), Is.EqualTo(63_165_952 + 262_144));
        Assert.That(image.Layout().Sum(p => (long)p.Count), Is.EqualTo(87_456_000 + 393_216));
        Assert.That((text.Transformer.Activation, image.Transformer.Activation), Is.EqualTo((Activation.Gelu, Activation.QuickGelu)));
    }

    [TestCase("model_type", "\"siglip\"", "model_type")]
    [TestCase("vision_config", "null", "vision_config")]
    [TestCase("text_config.hidden_act", "\"relu\"", "text_config.hidden_act")]
    [TestCase("text_config.intermediate_size", "-1", "Hidden = -1")]
    [TestCase("text_config.num_attention_heads", "3", "Heads = 3")]
    [TestCase("text_config.max_position_embeddings", "2000000000", "2000000000")]
    [TestCase("vision_config.patch_size", "65", "PatchHeight = 65")]
    [TestCase("vision_config.num_channels", "4", "Channels = 4")]
    [TestCase("vision_config.num_hidden_layers", "100000", "Layers = 100000")]
    public void A_config_of_another_model_is_refused(string setting, string value, string message)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Goldens.Path("hf/clip_hf_tiny/config.json")))!;
        string[] names = setting.Split('.');
        (names.Length == 1 ? config : config[names[0]]!)[names[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
        Assert.That(
            () =>
            {
                HuggingFaceConfig read = HuggingFaceConfig.Open(path);
                HuggingFaceClip.ReadTextShape(read);
                HuggingFaceClip.ReadImageShape(read);
            },
            Throws.TypeOf<FileFormatException>().With.Message.Contains(message).And.Message.Contains(path));
    }

    [TestCase("text_projection.weight")]
    [TestCase("text_model.encoder.layers.1.self_attn.k_proj.weight")]
    [TestCase("vision_model.embeddings.position_embedding.weight")]
    [TestCase("vision_model.pre_layrnorm.bias")]
    [TestCase("logit_scale")]
    public void A_tensor_that_is_missing_or_of_another_shape_is_named(string name)
    {
        using SafetensorsFile file = Goldens.Open("hf/clip_hf_tiny/model.safetensors");
        Assert.That(() => LoadAll(n => n == name ? null : file.Read(n)), Throws.TypeOf<FileFormatException>().With.Message.Contains(name).And.Message.Contains("none of that name"));
        Assert.That(
            () => LoadAll(n => file.Read(n) is var t && n == name ? t with { Shape = [1, .. t.Shape] } : t),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(name).And.Message.Contains("the shape [1"));

        void LoadAll(Func<string, Tensor?> source)
        {
            HuggingFaceConfig config = HuggingFaceConfig.Open(Goldens.Path("hf/clip_hf_tiny/config.json"));
            HuggingFaceClip.LoadText(HuggingFaceClip.ReadTextShape(config), source, file.Path);
            HuggingFaceClip.LoadImage(HuggingFaceClip.ReadImageShape(config), source, file.Path);
            HuggingFaceClip.LogitScale(source, file.Path);
        }
    }

    private static TextTower OpenText(string config)
    {
        TextTowerShape shape = HuggingFaceClip.ReadTextShape(HuggingFaceConfig.Open(Goldens.Path("hf/clip_hf_tiny/" + config)));
        using SafetensorsFile file = Goldens.Open("hf/clip_hf_tiny/model.safetensors");
        return new TextTower(HuggingFaceClip.LoadText(shape, Source(file), file.Path), shape);
    }

    private static AudioTower OpenImage(int size)
    {
        AudioTowerShape shape = HuggingFaceClip.ReadImageShape(HuggingFaceConfig.Open(Goldens.Path("hf/clip_hf_tiny/config.json"))) with { Frames = size, Bins = size };
        using SafetensorsFile file = Goldens.Open("hf/clip_hf_tiny/model.safetensors");
        return new AudioTower(HuggingFaceClip.LoadImage(shape, Source(file), file.Path), shape);
    }

    private static SafetensorsFile OpenGolden() => Goldens.Open("hf/clip_hf_tiny/golden.safetensors");

    private static Func<string, Tensor?> Source(SafetensorsFile file) => name => file.Entries.ContainsKey(name) ? file.Read(name) : null;

    private static (int[] Ids, int Length) Ids(SafetensorsFile golden) =>
        ([.. golden.ReadAs<long>("input.ids").Select(id => (int)id)], golden.Entries["input.ids"].Shape[1]);

    private static float[] Encode(TextTower tower, int[] ids, int[] ends, int length)
    {
        var b = new TextTowerBuffers(tower.Shape, ends.Length, length, training: false);
        tower.Forward(ids, ends, ends.Length, length, b);
        return b.Embeddings.Span[..(ends.Length * Embedding)].ToArray();
    }

    /// <summary>[images, channels, rows, columns] to [images, rows, columns, channels].</summary>
    private static float[] ChannelsLast(Tensor planes)
    {
        int area = planes.Shape[2] * planes.Shape[3];
        float[] picture = new float[planes.Data.Length];
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i] = planes.Span[(i / (3 * area) * 3 + i % 3) * area + i / 3 % area];
        }
        return picture;
    }

    private static float[] Logits(ReadOnlySpan<float> texts, ReadOnlySpan<float> images, float scale)
    {
        int columns = images.Length / Embedding;
        float[] logits = new float[texts.Length / Embedding * columns];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = (float)(Math.Exp(scale)
                * Differences.Dot(texts.Slice(i / columns * Embedding, Embedding), images.Slice(i % columns * Embedding, Embedding)));
        }
        return logits;
    }

    /// <summary>Mean of both cross entropies over the first n texts and n images.</summary>
    private static double Loss(float[] logits, int n)
    {
        double loss = 0;
        for (int i = 0; i < n; i++)
        {
            double row = Enumerable.Range(0, n).Sum(j => Math.Exp(logits[i * n + j])), column = Enumerable.Range(0, n).Sum(j => Math.Exp(logits[j * n + i]));
            loss += (Math.Log(row) + Math.Log(column)) / 2 - logits[i * n + i];
        }
        return loss / n;
    }

    private static void Check(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, float tolerance)
    {
        Tensor expected = golden.Read(name);
        Assert.That(Goldens.MaxDifference(actual[..expected.Data.Length], expected.Span), Is.LessThanOrEqualTo(tolerance), name);
    }
}
