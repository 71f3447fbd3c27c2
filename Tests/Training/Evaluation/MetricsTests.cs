using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Tests.Training.Evaluation;

public class MetricsTests
{
    [Test]
    public void Equal_scores_rank_in_the_order_of_the_candidates()
    {
        var scores = new SimilarityMatrix([0.5f, 0.9f, 0.5f, 0.9f, 0.5f], 1, 5);
        Assert.That(scores.Ranked(0), Is.EqualTo(new[] { 1, 3, 0, 2, 4 }));
    }

    [Test]
    public void Average_precision_of_equal_scores_does_not_depend_on_their_order()
    {
        // All equal: one threshold, precision 1/3 at recall 1.
        Assert.Multiple(() =>
        {
            Assert.That(AveragePrecision.Of([1, 1, 1], [true, false, false]), Is.EqualTo(1 / 3.0).Within(1e-12));
            Assert.That(AveragePrecision.Of([1, 1, 1], [false, false, true]), Is.EqualTo(1 / 3.0).Within(1e-12));
        });
    }

    [Test]
    public void Average_precision_by_hand()
    {
        // scikit-learn's own example: 0.83.
        double value = AveragePrecision.Of([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]);
        Assert.That(value, Is.EqualTo(0.5 * 1 + 0.5 * (2 / 3.0)).Within(1e-12));
    }

    [Test]
    public void Without_a_relevant_clip_there_is_no_average_precision_and_the_mean_leaves_the_class_out()
    {
        var scores = new SimilarityMatrix([1, 0, 0, 1], 2, 2);
        double[] perClass = AveragePrecision.PerClass(scores, (clip, label) => label == 0 && clip == 0);
        Assert.Multiple(() =>
        {
            Assert.That(perClass[0], Is.EqualTo(1));
            Assert.That(perClass[1], Is.NaN);
            Assert.That(AveragePrecision.Mean(perClass), Is.EqualTo(1));
        });
    }

    [Test]
    public void Perfect_scores_give_perfect_figures() => Prop.ForAll<PositiveInt, PositiveInt>((sounds, captions) =>
    {
        int n = sounds.Get % 30 + 1, each = captions.Get % 5 + 1;
        float[] values = new float[n * n * each];
        for (int c = 0; c < n * each; c++)
        {
            values[c / each * n * each + c] = 1;
        }
        CaptionRetrieval result = CaptionRetrieval.Measure(new SimilarityMatrix(values, n, n * each), [.. Enumerable.Range(0, n * each).Select(c => c / each)]);
        return result is { TextToSound: { R1: 1, MapAt10: > 0.999999, MedianRank: 1 }, SoundToText: { R1: 1, MapAt10: > 0.999999, MeanRank: 1 } };
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Random_scores_hit_at_k_of_n() => Prop.ForAll<PositiveInt>(seed =>
    {
        const int N = 200;
        var random = new Random(seed.Get);
        var scores = new SimilarityMatrix([.. Enumerable.Range(0, N * N).Select(_ => random.NextSingle())], N, N);
        double r10 = RetrievalFigures.Measure(scores, (a, b) => a == b).R10; // expected 0.05, standard deviation 0.015
        return r10 < 0.15;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void The_recall_curve_passes_through_the_recalls()
    {
        var random = new Random(7);
        var scores = new SimilarityMatrix([.. Enumerable.Range(0, 40 * 60).Select(_ => random.NextSingle())], 40, 60);
        RetrievalFigures figures = RetrievalFigures.Measure(scores, (q, c) => c == q);
        double[] curve = RetrievalFigures.RecallCurve(scores, (q, c) => c == q, 50);
        double[] points = [curve[0], curve[4], curve[9], curve[49]], recalls = [figures.R1, figures.R5, figures.R10, figures.R50];
        Assert.That(points, Is.EqualTo(recalls).Within(1e-9));
    }

    [Test]
    public void A_query_without_an_answer_is_named()
    {
        var scores = new SimilarityMatrix(new float[6], 2, 3);
        Assert.That(() => RetrievalFigures.Measure(scores, (q, c) => q == 0), Throws.ArgumentException.With.Message.Contains("Query 1"));
    }

    [Test]
    public void Scores_that_are_no_numbers_are_named_by_place() =>
        Assert.That(() => new SimilarityMatrix([0, 1, float.NaN, 3], 2, 2), Throws.ArgumentException.With.Message.Contains("row 1 with column 0"));

    [Test]
    public void Label_sets_count_only_when_they_are_the_same_whole_set()
    {
        // Query 0 {a, b}: first candidate carries {b, a}, one of two such. Query 1 {a}: first candidate carries {a, b}.
        var scores = new SimilarityMatrix([3, 2, 1, 3, 2, 1], 2, 3);
        LabelSetRetrieval result = LabelSetRetrieval.Measure(scores, [["a", "b"], ["a"]], [["b", "a"], ["a", "b"], ["a"]]);
        Assert.Multiple(() =>
        {
            Assert.That(result.PrecisionAt1, Is.EqualTo(0.5));
            Assert.That(result.RecallAt1, Is.EqualTo(0.25));
        });
    }

    [Test]
    public void Pictures_carry_sounds_to_their_captions()
    {
        // Two sounds, two pictures, two captions; sound 0 reaches its caption through picture 1.
        var toPicture = new SimilarityMatrix([0, 1, 1, 0], 2, 2);
        var toCaption = new SimilarityMatrix(
            [1, 0, 0, 0, 0, 0, 9, 8, 7, 6, 5, -1], 2, 6); // picture 1 is near captions 0..4, picture 0 too
        double one = Pivotability.Measure(toPicture, toCaption, [0, 0, 1, 1, 1, 1], pictures: 1);
        // Either picture reaches captions 0..4: both of sound 0, three of sound 1's four.
        Assert.That(one, Is.EqualTo((1 + 0.75) / 2).Within(1e-12));
    }

    [Test]
    public void Folds_join_clip_by_clip()
    {
        Classification first = Classification.Measure(new SimilarityMatrix([1, 0, 1, 0], 2, 2), [0, 1], ["a", "b"]);
        Classification second = Classification.Measure(new SimilarityMatrix([0, 1], 1, 2), [1], ["a", "b"]);
        Classification both = Classification.Join([first, second]);
        Assert.Multiple(() =>
        {
            Assert.That(both.Clips, Is.EqualTo(3));
            Assert.That(both.Accuracy, Is.EqualTo(2 / 3.0).Within(1e-12));
            Assert.That(both.AccuracyOf(0), Is.EqualTo(1));
            Assert.That(both.AccuracyOf(1), Is.EqualTo(0.5));
            Assert.That(() => Classification.Join([first, Classification.Measure(new SimilarityMatrix([0, 1], 1, 2), [1], ["a", "c"])]), Throws.ArgumentException);
        });
    }
}
