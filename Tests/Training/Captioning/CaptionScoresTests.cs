using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Training.Captioning;

namespace SoundSearch.Tests.Training.Captioning;

public class CaptionScoresTests
{
    private static readonly string[] candidates =
    [
        "A dog barks twice and a man speaks.",
        "rain falls on a tin roof",
        "an engine an engine an engine idles",
        "Birds chirp while a train passes by and a horn blows loudly in the far distance",
    ];

    private static readonly string[][] references =
    [
        ["A dog barks and a man talks", "Dog barking twice, then a man speaking", "A man speaks while a dog barks in the distance"],
        ["Heavy rain falls on a metal roof", "Rain is hitting a tin roof with thunder in the distance"],
        ["An engine idles, then revs", "A high-pitched engine is running", "A car's engine idles in the distance", "Engine idling"],
        ["Birds chirp as a train passes", "A train horn blows loudly"],
    ];

    /// <summary>From a program of 50 lines of Python that spells out the papers' formulas, run on the captions above.</summary>
    [Test]
    public void Figures_are_those_of_an_independent_program()
    {
        CaptionScores scores = CaptionScores.Measure(candidates, references);
        double[] perClip = CiderD.PerClip([.. candidates.Select(CaptionWords.Of)], Words(references));
        Assert.Multiple(() =>
        {
            Assert.That(scores.Bleu1, Is.EqualTo(0.6756756756756757).Within(1e-12));
            Assert.That(scores.Bleu2, Is.EqualTo(0.5899791081685419).Within(1e-12));
            Assert.That(scores.Bleu3, Is.EqualTo(0.476254683114233).Within(1e-12));
            Assert.That(scores.Bleu4, Is.EqualTo(0.2563860799755941).Within(1e-12));
            Assert.That(perClip, Is.EqualTo(new[] { 3.2322709683441486, 3.38543823918448, 0.86080274023732, 0.5890934910653155 }).Within(1e-12));
            Assert.That(scores.CiderD, Is.EqualTo(2.016901359707816).Within(1e-12));
            Assert.That(scores.ContentF1, Is.EqualTo(0.6511675824175824).Within(1e-12));
            Assert.That(scores.SpiderLike, Is.EqualTo(1.334034471062699).Within(1e-12));
        });
    }

    [TestCase("Dog's bark -- high-pitched, 2x louder!", "dog's bark high-pitched 2x louder")]
    [TestCase("'quoted' words' end-", "quoted words end")]
    [TestCase("-'-", "")]
    [TestCase("", "")]
    public void Words_are_lower_case_without_punctuation(string caption, string words) =>
        Assert.That(string.Join(' ', CaptionWords.Of(caption)), Is.EqualTo(words));

    [Test]
    public void Captions_that_are_too_short_pay_by_the_closest_reference_the_shorter_of_two()
    {
        // 2 words against 4: exp(1 - 4/2). Against 4 and 3: exp(1 - 3/2). 3 words against 2 and 4: 2 counts, no penalty.
        Assert.Multiple(() =>
        {
            Assert.That(Bleu1("dog barks", "a dog barks loudly"), Is.EqualTo(Math.Exp(-1)).Within(1e-12));
            Assert.That(Bleu1("dog barks", "a dog barks loudly", "the dog barks"), Is.EqualTo(Math.Exp(-0.5)).Within(1e-12));
            Assert.That(Bleu1("a dog barks", "dog barks", "a dog barks loudly"), Is.EqualTo(1).Within(1e-12));
            Assert.That(Bleu1("a dog barks", "a dog barks loudly", "dog barks"), Is.EqualTo(1).Within(1e-12));
        });
    }

    [Test]
    public void A_word_said_again_and_again_counts_as_often_as_one_reference_says_it() =>
        Assert.That(Bleu1("rain rain rain rain", "rain on rain and wind", "rain falls here now then"), Is.EqualTo(0.5 * Math.Exp(1 - 5 / 4.0)).Within(1e-12));

    [Test]
    public void The_order_of_references_does_not_matter()
    {
        CaptionScores turned = CaptionScores.Measure(candidates, [.. references.Select(r => r.Reverse().ToArray())]);
        Assert.That(turned.ToString(), Is.EqualTo(CaptionScores.Measure(candidates, references).ToString()));
    }

    [Test]
    public void A_candidate_equal_to_the_only_reference_has_the_best_score_and_any_other_a_lower_one() => Prop.ForAll<PositiveInt>(seed =>
    {
        var random = new Random(seed.Get);
        string[][] right = [.. Enumerable.Range(0, 5).Select(i => new[] { Sentence(random, $"only{i}") })];
        string[] same = [.. right.Select(r => r[0])], other = [Sentence(random, "elsewhere"), .. same[1..]];
        CaptionScores best = CaptionScores.Measure(same, right), worse = CaptionScores.Measure(other, right);
        return Math.Abs(best.CiderD - 10) < 1e-9 && Math.Abs(best.Bleu4 - 1) < 1e-9 && Math.Abs(best.ContentF1 - 1) < 1e-9
            && worse.CiderD < best.CiderD && worse.Bleu4 < best.Bleu4 && worse.ContentF1 < best.ContentF1;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Empty_candidates_score_0_and_nothing_is_ever_no_number()
    {
        CaptionScores nothing = CaptionScores.Measure(["", "...", "", ""], references), part = CaptionScores.Measure(["", .. candidates[1..]], references);
        CaptionScores empty = CaptionScores.Measure(["a dog"], [["", "the"]]);
        Assert.Multiple(() =>
        {
            Assert.That(nothing with { Clips = 0 }, Is.EqualTo(new CaptionScores(0, 0, 0, 0, 0, 0, 0)));
            Assert.That(CiderD.PerClip([[], .. candidates[1..].Select(CaptionWords.Of)], Words(references))[0], Is.Zero);
            Assert.That(part.SpiderLike, Is.GreaterThan(0).And.LessThan(CaptionScores.Measure(candidates, references).SpiderLike));
            Assert.That(empty with { Clips = 0 }, Is.EqualTo(new CaptionScores(0, 0, 0, 0, 0, 0, 0)));
        });
    }

    [Test]
    public void A_set_of_one_clip_tells_nothing_apart_and_has_no_CIDEr() =>
        Assert.That(CaptionScores.Measure(["a dog barks"], [["a dog barks"]]).CiderD, Is.Zero);

    [Test]
    public void Missing_references_are_named()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => CaptionScores.Measure(["a", "b"], [["a"], []]), Throws.ArgumentException.With.Message.Contains("Clip 1"));
            Assert.That(() => CaptionScores.Measure(["a"], [["a"], ["b"]]), Throws.ArgumentException.With.Message.Contains("1 candidates").And.Message.Contains("2 clips"));
            Assert.That(() => CaptionScores.Measure([], []), Throws.ArgumentException);
        });
    }

    private static double Bleu1(string candidate, params string[] right) => CaptionScores.Measure([candidate], [right]).Bleu1;

    private static IReadOnlyList<string[]>[] Words(string[][] captions) => [.. captions.Select(clip => (IReadOnlyList<string[]>)[.. clip.Select(CaptionWords.Of)])];

    private static string Sentence(Random random, string own)
    {
        string[] words = ["dog", "rain", "engine", "bird", "loud", "soft", "horn", "bell"];
        return string.Join(' ', Enumerable.Range(0, random.Next(4, 9)).Select(_ => words[random.Next(words.Length)]).Append(own));
    }
}
