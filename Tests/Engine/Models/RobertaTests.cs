using System.Text.Json;
using System.Text.Json.Nodes;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>CLAP's text tower beyond the goldens: grouping, limits and bad files.</summary>
internal sealed class RobertaTests
{
    private static readonly RobertaTower tower = RobertaGoldenTests.OpenTower("clap_tiny_fused");

    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".json");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void A_text_has_one_vector_whatever_it_is_encoded_with()
    {
        var random = new Random(3);
        int[][] rows = [.. Enumerable.Range(0, 45).Select(i => (int[])[0, .. Enumerable.Range(0, i % 3).Select(_ => random.Next(4, 999)), 2])];
        var encoder = new RobertaEncoder(tower, text => rows[int.Parse(text)]);
        float[] together = new float[rows.Length * encoder.Dimensions], alone = new float[encoder.Dimensions];
        encoder.Encode([.. Enumerable.Range(0, rows.Length).Select(i => i.ToString())], together);
        for (int i = 0; i < rows.Length; i++)
        {
            encoder.Encode([i.ToString()], alone);
            Assert.That(Goldens.MaxDifference(alone, together.AsSpan(i * encoder.Dimensions, encoder.Dimensions)), Is.LessThan(2e-6));
        }
        encoder.Encode([], []);
        Assert.That(() => encoder.Encode(["0", "1"], alone), Throws.ArgumentException.With.Message.Contains("2 texts"));
    }

    [Test]
    public void Rows_and_ids_out_of_range_are_refused()
    {
        var b = new RobertaBuffers(tower.Shape, 1, 41, training: false);
        Assert.That(tower.Shape.Context, Is.EqualTo(40), "77, but the table has rows for 40");
        Assert.That(() => tower.Forward(new int[41], 1, 41, b), Throws.ArgumentException.With.Message.Contains("41").And.Message.Contains("40"));
        Assert.That(() => tower.Forward([0, 1000], 1, 2, b), Throws.ArgumentException.With.Message.Contains("1000"));
        Assert.That(() => tower.Forward(new int[4], 2, 2, b), Throws.ArgumentException.With.Message.Contains("2 of 2"));
        Assert.That(() => new RobertaTower(tower.Parameters, tower.Shape with { Embedding = 25 }), Throws.ArgumentException);
        Assert.That(() => new RobertaTower(tower.Parameters, tower.Shape with { Heads = 3 }), Throws.ArgumentException.With.Message.Contains("RoBERTa"));
        Assert.That(() => new RobertaTower(tower.Parameters, tower.Shape with { Context = 41 }), Throws.ArgumentException);
    }

    [TestCase("model_type", "\"clip\"", "model_type")]
    [TestCase("projection_hidden_act", "\"gelu\"", "projection_hidden_act")]
    [TestCase("projection_dim", "0", "Embedding = 0")]
    [TestCase("text_config", "[]", "text_config")]
    [TestCase("text_config.hidden_act", "\"gelu_new\"", "text_config.hidden_act")]
    [TestCase("text_config.position_embedding_type", "\"relative_key\"", "position_embedding_type")]
    [TestCase("text_config.num_attention_heads", "5", "Heads = 5")]
    [TestCase("text_config.num_hidden_layers", "2000000000", "Layers = 2000000000")]
    [TestCase("text_config.max_position_embeddings", "3", "Positions = 3")]
    [TestCase("text_config.hidden_size", "\"wide\"", "hidden_size")]
    [TestCase("text_config.layer_norm_eps", "-1", "Epsilon = -1")]
    public void A_config_of_another_model_is_refused(string setting, string value, string message)
    {
        JsonNode config = JsonNode.Parse(File.ReadAllText(Goldens.Path("hf/clap_tiny/config.json")))!;
        string[] names = setting.Split('.');
        (names.Length == 1 ? config : config[names[0]]!)[names[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
        Assert.That(
            () => RobertaCheckpoint.ReadShape(HuggingFaceConfig.Open(path)),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(message).And.Message.Contains(path));
    }

    [Test]
    public void What_a_config_leaves_out_is_roberta_base()
    {
        File.WriteAllText(path, """{"model_type": "clap", "text_config": {}}""");
        RobertaShape shape = RobertaCheckpoint.ReadShape(HuggingFaceConfig.Open(path));
        Assert.That(shape, Is.EqualTo(new RobertaShape()));
        long parameters = shape.Layout().Sum(p => (long)p.Count);
        Assert.That(parameters, Is.EqualTo(124_645_632 + 656_384), "text_model and text_projection of laion/clap-htsat-unfused");
        Assert.That(JsonSerializer.Deserialize<RobertaShape>(JsonSerializer.Serialize(shape)), Is.EqualTo(shape));
    }

    [TestCase("text_model.encoder.layer.0.attention.self.value.bias")]
    [TestCase("text_model.embeddings.token_type_embeddings.weight")]
    [TestCase("text_projection.linear2.weight")]
    public void A_tensor_that_is_missing_or_of_another_shape_is_named(string name)
    {
        using SafetensorsFile file = Goldens.Open("hf/clap_tiny_fused/model.safetensors");
        Assert.That(
            () => RobertaCheckpoint.Load(tower.Shape, n => n == name ? null : file.Entries.ContainsKey(n) ? file.Read(n) : null, file.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(name).And.Message.Contains("none of that name"));
        Assert.That(
            () => RobertaCheckpoint.Load(tower.Shape, n => file.Read(n) is var t && n == name ? t with { Shape = [1, .. t.Shape] } : t, file.Path),
            Throws.TypeOf<FileFormatException>().With.Message.Contains(name).And.Message.Contains("the shape [1, "));
    }
}
