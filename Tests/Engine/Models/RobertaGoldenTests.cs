using System.Text.Json;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>CLAP's text tower against what Hugging Face's ClapModel computed; the fused model's epsilon is 1e-3 instead of 1e-12.</summary>
internal sealed class RobertaGoldenTests
{
    private static readonly string[] folders = ["clap_tiny", "clap_tiny_fused"];

    [TestCaseSource(nameof(folders))]
    public void Every_stored_activation_is_met(string folder)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{folder}/golden.safetensors");
        RobertaTower tower = OpenTower(folder);
        int[] row = Rows(golden, masked: true)[0];
        var b = new RobertaBuffers(tower.Shape, 1, row.Length, training: true);
        tower.Forward(row, 1, row.Length, b);
        Check(b.Transformer.Input.Span, golden, "text.ex0.embeddings", 0, row.Length, 3e-5f);
        for (int l = 0; l < tower.Shape.Layers; l++)
        {
            Check(b.Transformer.Blocks[l].Output.Span, golden, $"text.ex0.layer{l}", 0, row.Length, 3e-5f);
        }
    }

    [TestCaseSource(nameof(folders))]
    public void Rows_without_their_masked_tokens_have_the_original_embeddings(string folder)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{folder}/golden.safetensors");
        RobertaTower tower = OpenTower(folder);
        int[][] rows = Rows(golden, masked: true);
        Assert.That(rows[5], Is.EqualTo((int[])[.. rows[1][..4], .. rows[1][5..]]), "a masked pad in the place of a token: as if it were not there");
        for (int i = 0; i < rows.Length; i++)
        {
            RobertaBuffers b = Run(tower, rows[i]);
            Check(b.Pooled.Span, golden, "out.text_pooled", i, 1, 5e-5f);
            Check(b.Embeddings.Span, golden, "out.text_projected", i, 1, 5e-5f);
            UnitLength.Forward(b.Embeddings.Span, b.Embeddings.Span, 1, tower.Shape.Embedding);
            Check(b.Embeddings.Span, golden, "out.text_embeds", i, 1, 1e-5f);
        }
    }

    [TestCaseSource(nameof(folders))]
    public void Pads_in_a_row_are_tokens_as_without_an_attention_mask(string folder)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{folder}/golden.safetensors");
        RobertaTower tower = OpenTower(folder);
        int[][] rows = Rows(golden, masked: false);
        int tokens = rows[0].Length;
        var b = new RobertaBuffers(tower.Shape, rows.Length, tokens, training: false);
        tower.Forward(rows.SelectMany(row => row).ToArray(), rows.Length, tokens, b);
        UnitLength.Forward(b.Embeddings.Span, b.Embeddings.Span, rows.Length, tower.Shape.Embedding);
        Check(b.Embeddings.Span, golden, "out.text_embeds_nomask", 0, rows.Length, 1e-5f);

        var one = new RobertaBuffers(tower.Shape, 1, tokens, training: true);
        tower.Forward(rows[5], 1, tokens, one);
        Check(one.Transformer.Input.Span, golden, "text.ex5.embeddings", 0, tokens, 3e-5f);
    }

    [TestCaseSource(nameof(folders))]
    public void Texts_become_the_original_embeddings_and_logits(string folder)
    {
        using SafetensorsFile golden = Goldens.Open($"hf/{folder}/golden.safetensors"), weights = Goldens.Open($"hf/{folder}/model.safetensors");
        string[] texts = JsonSerializer.Deserialize<string[]>(golden.Metadata["texts"])!;
        var tokenizer = RobertaTokenizer.Load(Goldens.Path("hf/tok_roberta"));
        RobertaTower tower = OpenTower(folder);
        Assert.That(tokenizer.VocabularySize, Is.EqualTo(tower.Shape.Vocabulary));
        var encoder = new RobertaEncoder(tower, text => tokenizer.EncodeWithEnds(text, tower.Shape.Context));
        float[] embeddings = new float[texts.Length * encoder.Dimensions];
        encoder.Encode(texts, embeddings);
        Check(embeddings, golden, "out.text_embeds", 0, texts.Length, 1e-5f);

        Tensor audio = golden.Read("out.audio_embeds"), logits = golden.Read("out.logits_per_text");
        double scale = Math.Exp(weights.Read("logit_scale_t").Span[0]);
        for (int i = 0; i < texts.Length * 2; i++)
        {
            double dot = 0;
            for (int d = 0; d < encoder.Dimensions; d++)
            {
                dot += (double)embeddings[i / 2 * encoder.Dimensions + d] * audio.Span[i % 2 * encoder.Dimensions + d];
            }
            Assert.That(scale * dot, Is.EqualTo(logits.Span[i]).Within(1e-4));
        }
    }

    internal static RobertaTower OpenTower(string folder)
    {
        RobertaShape shape = RobertaCheckpoint.ReadShape(HuggingFaceConfig.Open(Goldens.Path($"hf/{folder}/config.json")));
        using SafetensorsFile file = Goldens.Open($"hf/{folder}/model.safetensors");
        return new RobertaTower(RobertaCheckpoint.Load(shape, name => file.Entries.ContainsKey(name) ? file.Read(name) : null, file.Path), shape);
    }

    private static RobertaBuffers Run(RobertaTower tower, int[] row)
    {
        var b = new RobertaBuffers(tower.Shape, 1, row.Length, training: false);
        tower.Forward(row, 1, row.Length, b);
        return b;
    }

    private static int[][] Rows(SafetensorsFile golden, bool masked)
    {
        long[] ids = golden.ReadAs<long>("input.text_ids"), mask = golden.ReadAs<long>("input.text_mask");
        int length = golden.Entries["input.text_ids"].Shape[1];
        return [.. Enumerable.Range(0, ids.Length / length).Select(r =>
            Enumerable.Range(r * length, length).Where(i => !masked || mask[i] == 1).Select(i => (int)ids[i]).ToArray())];
    }

    /// <summary>Compares rows from <paramref name="row"/> on.</summary>
    private static void Check(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, int row, int rows, float tolerance)
    {
        Tensor expected = golden.Read(name);
        int width = expected.Shape[1];
        Assert.That(Goldens.MaxDifference(actual[..(rows * width)], expected.Span.Slice(row * width, rows * width)), Is.LessThanOrEqualTo(tolerance), $"{name}, row {row}");
    }
}
