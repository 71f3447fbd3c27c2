using SoundSearch.Engine.Formats;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Tests.Training.Evaluation;

/// <summary>Against the figures that VIP-ANT's own code printed for the same vectors.</summary>
public class RetrievalGoldenTests
{
    // case, then sound to text R@1 R@5 R@10 R@50 median mean P@5 ("t5"), then text to sound R@1 R@5 R@10 R@50 median mean;
    // mAP@10 of both, which the original lacks, comes from an independent float64 program.
    [TestCase("five_captions_12", 91.67, 100, 100, 100, 1, 1.08, 66.67, 76.67, 95.00, 100.00, 100, 1, 1.50, 0.71801587, 0.86279762)]
    [TestCase("five_captions_25", 48.00, 92, 96, 100, 2, 2.32, 36.00, 33.60, 76.80, 90.40, 100, 2, 4.26, 0.32145714, 0.52598095)]
    public void Both_directions_with_five_captions_are_the_originals(string name, params double[] expected)
    {
        using SafetensorsFile golden = Goldens.Open("retrieval.safetensors");
        Tensor audio = golden.Read($"{name}.audio"), text = golden.Read($"{name}.text");
        int sounds = audio.Shape[0], captions = text.Shape[0];
        SimilarityMatrix scores = SimilarityMatrix.Cosine(audio.Span, text.Span, audio.Shape[1]);
        int[] owner = [.. Enumerable.Range(0, captions).Select(c => c / 5)];

        CaptionRetrieval result = CaptionRetrieval.Measure(scores, owner);

        Assert.That(sounds * 5, Is.EqualTo(captions));
        Assert.That(Figures(result.SoundToText), Is.EqualTo(expected[..7]).Within(0.0051));
        Assert.That(Figures(result.TextToSound)[..6], Is.EqualTo(expected[7..13]).Within(0.0051));
        Assert.That(result.SoundToText.MapAt10, Is.EqualTo(expected[13]).Within(1e-7));
        Assert.That(result.TextToSound.MapAt10, Is.EqualTo(expected[14]).Within(1e-7));
    }

    [TestCase("five_captions_12")]
    [TestCase("five_captions_25")]
    public void Every_single_rank_is_the_originals(string name)
    {
        using SafetensorsFile golden = Goldens.Open("retrieval.safetensors");
        Tensor similarity = golden.Read($"{name}.similarity");
        var scores = new SimilarityMatrix(similarity.Span.ToArray(), similarity.Shape[0], similarity.Shape[1]);
        SimilarityMatrix turned = scores.Transposed();
        Assert.Multiple(() =>
        {
            Assert.That(
                Enumerable.Range(0, scores.Rows).Select(s => Array.FindIndex(scores.Ranked(s), c => c / 5 == s)), Is.EqualTo(golden.ReadAs<long>($"{name}.ranks_a2t")));
            Assert.That(
                Enumerable.Range(0, turned.Rows).Select(c => Array.IndexOf(turned.Ranked(c), c / 5)), Is.EqualTo(golden.ReadAs<long>($"{name}.ranks_t2a")));
        });
    }

    [Test]
    public void One_to_one_retrieval_is_the_originals()
    {
        using SafetensorsFile golden = Goldens.Open("retrieval.safetensors");
        Tensor first = golden.Read("one_to_one_30.audio"), second = golden.Read("one_to_one_30.text");
        SimilarityMatrix scores = SimilarityMatrix.Cosine(first.Span, second.Span, first.Shape[1]);
        RetrievalFigures forth = RetrievalFigures.Measure(scores, (a, b) => a == b), back = RetrievalFigures.Measure(scores.Transposed(), (a, b) => a == b);
        // "I->A: t1 = 70.00 t5 = 86.67 A->I: t1 = 63.33 t5 = 93.33"; its rows are the pictures.
        double[] both = [100 * forth.R1, 100 * forth.R5, 100 * back.R1, 100 * back.R5];
        double[] printed = [70.00, 86.67, 63.33, 93.33];
        Assert.That(both, Is.EqualTo(printed).Within(0.0051));
    }

    [Test]
    public void Zero_shot_answers_are_the_originals_by_plain_products_and_by_cosines()
    {
        using SafetensorsFile golden = Goldens.Open("zeroshot.safetensors");
        Tensor audio = golden.Read("audio"), text = golden.Read("text");
        int[] answers = [.. golden.ReadAs<long>("labels").Select(l => (int)l)];
        string[] classes = [.. Enumerable.Range(0, text.Shape[0]).Select(c => $"class {c}")];
        SimilarityMatrix products = SimilarityMatrix.Dot(audio.Span, text.Span, audio.Shape[1]), cosines = SimilarityMatrix.Cosine(audio.Span, text.Span, audio.Shape[1]);
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, products.Rows).Select(i => products.Ranked(i)[0]), Is.EqualTo(golden.ReadAs<long>("pred_vipant_dot")));
            Assert.That(Enumerable.Range(0, cosines.Rows).Select(i => cosines.Ranked(i)[0]), Is.EqualTo(golden.ReadAs<long>("pred_cosine")));
            Assert.That(Classification.Measure(products, answers, classes).Accuracy, Is.EqualTo(0.5).Within(1e-9));
            Assert.That(Classification.Measure(cosines, answers, classes).Accuracy, Is.EqualTo(0.725).Within(1e-9));
        });
    }

    private static double[] Figures(RetrievalFigures f) => [100 * f.R1, 100 * f.R5, 100 * f.R10, 100 * f.R50, f.MedianRank, f.MeanRank, 100 * f.PrecisionAt5];
}
