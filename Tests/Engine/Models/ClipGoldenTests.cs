using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>CLIP's text and image towers, and a VIP-ANT checkpoint, against what the original code computed.</summary>
public class ClipGoldenTests
{
    private static readonly TextTowerShape textShape = new(Vocabulary: 320, Context: 77, Width: 128, Heads: 2, Layers: 2, Embedding: 32);

    private static readonly AudioTowerShape imageShape = new()
    {
        Frames = 112,
        Bins = 112,
        Channels = 3,
        PatchHeight = 16,
        PatchWidth = 16,
        StrideHeight = 16,
        StrideWidth = 16,
        Width = 64,
        Heads = 1,
        Layers = 2,
        Embedding = 32,
    };

    [TestCase("tokens77", "out77.embedding")]
    [TestCase("tokens20", "out20.embedding")]
    public void Texts_padded_to_any_length_have_the_original_embeddings(string tokens, string embeddings)
    {
        using SafetensorsFile golden = Goldens.Open("text_head.safetensors");
        TextTower tower = OpenText();
        (int[] ids, int[] ends, int batch, int length) = Rows(golden, tokens);
        var b = new TextTowerBuffers(textShape, batch, length, training: false);
        tower.Forward(ids, ends, batch, length, b);
        Check(b.Embeddings.Span, golden, embeddings, 1e-4f);
    }

    [Test]
    public void Every_stored_text_activation_is_met()
    {
        using SafetensorsFile golden = Goldens.Open("text_head.safetensors");
        TextTower tower = OpenText();
        (int[] ids, int[] ends, int batch, int length) = Rows(golden, "tokens77");
        var b = new TextTowerBuffers(textShape, batch, length, training: true);
        tower.Forward(ids, ends, batch, length, b);
        int row = 3 * length * textShape.Width;
        Check(b.Transformer.Blocks[0].Output.Span[row..], golden, "ex3.tokens_after_block0", 1e-4f);
        Check(b.Transformer.Blocks[1].Output.Span[row..], golden, "ex3.tokens_after_block1", 1e-4f);
        UnitLength.Forward(b.Embeddings.Span, b.Embeddings.Span, batch, textShape.Embedding);
        Check(b.Embeddings.Span, golden, "out77.embedding_normalized", 1e-4f);
    }

    [Test]
    public void Rows_cut_at_their_end_tokens_give_the_same_embeddings()
    {
        using SafetensorsFile golden = Goldens.Open("text_head.safetensors");
        TextTower tower = OpenText();
        (int[] ids, int[] ends, int batch, int length) = Rows(golden, "tokens77");
        float[] expected = golden.Read("out77.embedding").Data.ToArray();
        var b = new TextTowerBuffers(textShape, 1, length, training: false);
        for (int i = 0; i < batch; i++)
        {
            tower.Forward(ids.AsSpan(i * length, ends[i] + 1), [ends[i]], 1, ends[i] + 1, b);
            Assert.That(Goldens.MaxDifference(b.Embeddings.Span, expected.AsSpan(i * 32, 32)), Is.LessThan(1e-4));
        }
    }

    [Test]
    public void Ids_and_ends_out_of_range_are_refused()
    {
        TextTower tower = OpenText();
        var b = new TextTowerBuffers(textShape, 1, 77, training: false);
        Assert.That(() => tower.Forward([318, 320], [1], 1, 2, b), Throws.ArgumentException.With.Message.Contains("320"));
        Assert.That(() => tower.Forward([318, 319], [2], 1, 2, b), Throws.ArgumentException.With.Message.Contains("end token"));
        Assert.That(() => tower.Forward(new int[78], [77], 1, 78, b), Throws.ArgumentException.With.Message.Contains("78"));
        Assert.That(() => tower.Forward(new int[4], [1, 1], 2, 2, b), Throws.ArgumentException.With.Message.Contains("2 of 2"));
    }

    [Test]
    public void Every_stored_image_activation_is_met()
    {
        using SafetensorsFile golden = Goldens.Open("image_head.safetensors");
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("clip_tiny.pth"));
        var tower = new AudioTower(ClipVisual.Load(imageShape, name => archive.Tensors.GetValueOrDefault(name), archive.Path), imageShape);
        var b = new AudioTowerBuffers(tower, 2, 112, training: true);
        float[] planes = golden.Read("input.image").Data.ToArray(), picture = new float[planes.Length];
        const int Area = 112 * 112;
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i] = planes[(i / (3 * Area) * 3 + i % 3) * Area + i / 3 % Area]; // channels last
        }
        tower.Forward(picture, 2, 112, b);
        Check(b.Assembled.Span, golden, "ex0.tokens_before_ln_pre", 1e-4f);
        Check(b.Transformer.Input.Span, golden, "ex0.tokens_after_ln_pre", 1e-4f);
        Check(b.Transformer.Blocks[0].Output.Span, golden, "ex0.tokens_after_block0", 1e-4f);
        Check(b.Transformer.Blocks[1].Output.Span, golden, "ex0.tokens_after_block1", 1e-4f);
        Check(b.Normal.Span, golden, "ex0.cls_after_ln_post", 1e-4f);
        Check(b.Embeddings.Span, golden, "out.embedding", 1e-4f);
        UnitLength.Forward(b.Embeddings.Span, b.Embeddings.Span, 2, 32);
        Check(b.Embeddings.Span, golden, "out.embedding_normalized", 1e-4f);
    }

    [Test]
    public void A_checkpoint_of_VIP_ANT_is_an_audio_tower()
    {
        AudioTowerShape shape = imageShape with { Frames = 100, Bins = 128, Channels = 1, StrideWidth = 24, Layers = 1 };
        using SafetensorsFile golden = Goldens.Open("audio_head_ckpt2.safetensors"), inputs = Goldens.Open("audio_head_2heads.safetensors");
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("audio_head_ckpt2.pth"));
        var tower = new AudioTower(ParameterSet.Load(shape.Layout(), name => archive.Tensors.GetValueOrDefault("model.0." + name), archive.Path), shape);
        var b = new AudioTowerBuffers(tower, 1, 100, training: false);
        tower.Forward(inputs.Read("input.fbank").Span[..(100 * 128)], 1, 100, b);
        Check(b.Embeddings.Span, golden, "out.embedding", 5e-5f);
    }

    private static TextTower OpenText()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("clip_tiny.pth"));
        return new TextTower(ParameterSet.Load(textShape.Layout(), name => archive.Tensors.GetValueOrDefault(name), archive.Path), textShape);
    }

    /// <summary>Ids, and each row's end: its largest id, as in CLIP's argmax.</summary>
    private static (int[] Ids, int[] Ends, int Batch, int Length) Rows(SafetensorsFile golden, string name)
    {
        int[] ids = [.. golden.ReadAs<long>(name).Select(id => (int)id)];
        int batch = golden.Entries[name].Shape[0], length = golden.Entries[name].Shape[1];
        return (ids, [.. Enumerable.Range(0, batch).Select(r => ids.AsSpan(r * length, length).IndexOf(319))], batch, length);
    }

    private static void Check(ReadOnlySpan<float> actual, SafetensorsFile golden, string name, float tolerance)
    {
        Tensor expected = golden.Read(name);
        Assert.That(Goldens.MaxDifference(actual[..expected.Data.Length], expected.Span), Is.LessThanOrEqualTo(tolerance), name);
    }
}
