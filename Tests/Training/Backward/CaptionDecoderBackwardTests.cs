using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;

namespace SoundSearch.Tests.Training.Backward;

public class CaptionDecoderBackwardTests
{
    private static readonly CaptionDecoderShape shape = new() { Vocabulary = 11, Width = 8, Heads = 2, Layers = 2, AudioTokens = 3, AudioWidth = 5, TagTokens = 4, CaptionTokens = 6 };
    private static readonly float[] one = GradientCheck.Noise(15, 8), other = GradientCheck.Noise(15, 9);
    private static readonly CaptionRow[] rows =
    [
        new(one, new[] { 3, 4 }, new[] { 9, 1, 2, 3 }, 4),
        new(default, new[] { 5 }, new[] { 9, 7 }, 2),
        new(other, default, new[] { 9, 7, 6, 6, 1, 2 }, 3), // the first places of this caption are masked from the loss
    ];
    private static readonly int[] targets = [1, 2, 3, 10, 7, 10, 1, 2, 10];

    private ParameterSet parameters = null!;
    private CaptionDecoder decoder = null!;

    [SetUp]
    public void SetUp()
    {
        parameters = new ParameterSet(shape.Layout());
        GradientCheck.Randomise(parameters, 1);
        decoder = new CaptionDecoder(parameters, shape);
    }

    [Test]
    public void Embedding_prefix_projection_tied_output_and_cross_entropy_match_finite_differences()
    {
        var buffers = new CaptionDecoderBuffers(shape, 4, training: true);
        float[] dlogits = new float[targets.Length * shape.Vocabulary];
        double Loss()
        {
            decoder.Forward(rows, buffers);
            return TokenCrossEntropy.Forward(buffers.Logits.Span[..dlogits.Length], targets, dlogits, shape.Vocabulary, 0.5f);
        }
        Loss();
        ParameterSet gradients = parameters.ZerosLike();
        new CaptionDecoderBackward(decoder, gradients, 4).Run(buffers, dlogits);
        GradientCheck.Run(parameters, gradients, Loss);
        float[] positions = gradients.Get("positional_embedding", shape.Context, shape.Width).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(positions.AsSpan((3 + 2) * 8, 2 * 8).ToArray(), Is.All.Zero, "places of tags that no row has");
            Assert.That(positions.AsSpan((3 + 4) * 8, 2 * 8).ToArray(), Has.Some.Not.Zero);
        });
    }

    [Test]
    public void What_stands_in_front_is_heard_and_what_stands_behind_is_not()
    {
        float[] whole = Logits(rows[0]), deaf = Logits(rows[0] with { Audio = default }), untagged = Logits(rows[0] with { Tags = default });
        float[] changed = Logits(rows[0] with { Caption = new[] { 9, 1, 2, 8 } });
        Assert.Multiple(() =>
        {
            Assert.That(deaf, Is.Not.EqualTo(whole).Within(1e-3));
            Assert.That(untagged, Is.Not.EqualTo(whole).Within(1e-3));
            Assert.That(changed[..33], Is.EqualTo(whole[..33]).Within(1e-6));
            Assert.That(changed[33..], Is.Not.EqualTo(whole[33..]).Within(1e-3));
        });
    }

    [Test]
    public void A_rows_logits_do_not_depend_on_its_neighbours_and_inference_agrees_with_training()
    {
        var training = new CaptionDecoderBuffers(shape, 3, training: true);
        decoder.Forward(rows, training);
        float[] together = training.Logits.Span[..(targets.Length * 11)].ToArray(), alone = [.. rows.SelectMany(Logits)];
        var inference = new CaptionDecoderBuffers(shape, 3, training: false);
        decoder.Forward([.. rows.Select(r => r with { Scored = 1 })], inference);
        Assert.Multiple(() =>
        {
            Assert.That(together, Is.EqualTo(alone).Within(1e-5));
            Assert.That(inference.Logits.Span[..33].ToArray(), Is.EqualTo((float[])[.. together[33..44], .. together[55..66], .. together[88..99]]).Within(1e-5));
        });
    }

    [TestCase(7, 2, 4, 4, "audio of 7 values")]
    [TestCase(15, 5, 4, 4, "5 tokens of tags")]
    [TestCase(15, 2, 7, 1, "a caption of 7 tokens")]
    [TestCase(15, 2, 0, 0, "a caption of 0 tokens")]
    [TestCase(15, 2, 4, 5, "5 scored places")]
    [TestCase(15, 2, 4, 0, "0 scored places")]
    public void A_row_that_does_not_fit_is_refused(int audio, int tags, int caption, int scored, string reason) =>
        Assert.That(
            () => decoder.Forward([new CaptionRow(new float[audio], new int[tags], new int[caption], scored)], new CaptionDecoderBuffers(shape, 1, training: true)),
            Throws.ArgumentException.With.Message.Contains(reason));

    [Test]
    public void Unknown_ids_and_too_many_rows_or_places_are_refused()
    {
        var inference = new CaptionDecoderBuffers(shape, 2, training: false);
        Assert.Multiple(() =>
        {
            Assert.That(() => decoder.Forward([new CaptionRow(default, default, new[] { 11 }, 1)], inference), Throws.ArgumentException.With.Message.Contains("vocabulary of 11"));
            Assert.That(() => decoder.Forward([new CaptionRow(default, new[] { -1 }, new[] { 1 }, 1)], inference), Throws.ArgumentException.With.Message.Contains("vocabulary of 11"));
            Assert.That(() => decoder.Forward([.. rows.Select(r => r with { Scored = 1 })], inference), Throws.ArgumentException.With.Message.Contains("1 to 2 rows"));
            Assert.That(() => decoder.Forward([rows[0]], inference), Throws.ArgumentException.With.Message.Contains("2 scored places"));
            Assert.That(() => decoder.Forward([], inference), Throws.ArgumentException);
        });
    }

    [Test]
    public void Sizes_that_make_no_decoder_are_refused() => Assert.Multiple(() =>
    {
        foreach (CaptionDecoderShape bad in new[] { shape with { Vocabulary = 2 }, shape with { Heads = 3 }, shape with { AudioTokens = -1 }, shape with { CaptionTokens = 0 }, shape with { TagTokens = 9000 }, shape with { AudioWidth = 0 } })
        {
            Assert.That(bad.Check, Throws.ArgumentException.With.Message.Contains("sizes"), bad.ToString());
        }
    });

    private float[] Logits(CaptionRow row)
    {
        var buffers = new CaptionDecoderBuffers(shape, 1, training: true);
        decoder.Forward([row], buffers);
        return buffers.Logits.Span[..(row.Scored * shape.Vocabulary)].ToArray();
    }
}
