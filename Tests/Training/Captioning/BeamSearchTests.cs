using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Captioning;

public class BeamSearchTests
{
    private const int Vocabulary = 4, End = 3, Longest = 4;

    /// <summary>Two likely first words lead to unlikely texts.</summary>
    [Test]
    public void A_beam_finds_what_greedy_search_walks_past()
    {
        static void Score(IReadOnlyList<int[]> prefixes, Span<float> logs)
        {
            for (int p = 0; p < prefixes.Count; p++)
            {
                double[] odds = prefixes[p] switch
                {
                    [] => [0.5, 0.4, 0.1, 0],
                    [1] => [0, 0, 0, 1],
                    _ => [0.3, 0.3, 0.3, 0.1],
                };
                for (int t = 0; t < Vocabulary; t++)
                {
                    logs[p * Vocabulary + t] = (float)Math.Log(odds[t]);
                }
            }
        }
        Hypothesis greedy = BeamSearch.Run(Score, Vocabulary, End, 1, Longest, 0), beam = BeamSearch.Run(Score, Vocabulary, End, 2, Longest, 0);
        Assert.Multiple(() =>
        {
            Assert.That(greedy.Tokens, Is.EqualTo(new[] { 0, 0, 0, 0 }), "of equal ones the lowest id");
            Assert.That(greedy.Ended, Is.False);
            Assert.That(beam.Tokens, Is.EqualTo(new[] { 1 }));
            Assert.That(beam.Ended);
            Assert.That(beam.LogProbability, Is.EqualTo(Math.Log(0.4)).Within(1e-6));
        });
    }

    [Test]
    public void One_beam_takes_the_most_probable_token_each_time() => Prop.ForAll<PositiveInt>(seed =>
    {
        NextTokenScorer score = Model(seed.Get);
        List<int> expected = [];
        float[] logs = new float[Vocabulary];
        while (expected.Count < Longest)
        {
            score([[.. expected]], logs);
            int best = Array.IndexOf(logs, logs.Max());
            if (best == End)
            {
                break;
            }
            expected.Add(best);
        }
        return BeamSearch.Run(score, Vocabulary, End, 1, Longest, 0.6).Tokens.SequenceEqual(expected);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void More_beams_are_never_worse_than_greedy() => Prop.ForAll<PositiveInt, PositiveInt, bool>((seed, beams, byLength) =>
    {
        NextTokenScorer score = Model(seed.Get);
        double power = byLength ? 0.8 : 0;
        Hypothesis greedy = BeamSearch.Run(score, Vocabulary, End, 1, Longest, power), beam = BeamSearch.Run(score, Vocabulary, End, 1 + beams.Get % 6, Longest, power);
        return beam.Score(power) >= greedy.Score(power);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void With_a_beam_for_every_beginning_the_search_is_exhaustive() => Prop.ForAll<PositiveInt, bool, bool>((seed, byLength, notEmpty) =>
    {
        NextTokenScorer score = Model(seed.Get);
        double power = byLength ? 0.8 : 0;
        int least = notEmpty ? 1 : 0;
        Hypothesis best = All(score, [], 0).Where(h => h.Tokens.Length >= least).MaxBy(h => h.Score(power))!;
        Hypothesis found = BeamSearch.Run(score, Vocabulary, End, 256, Longest, power, least);
        return found.Tokens.SequenceEqual(best.Tokens) && found.Ended == best.Ended && Math.Abs(found.LogProbability - best.LogProbability) < 1e-9;
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Long_texts_win_if_length_is_no_burden()
    {
        // Each token costs a tenth, the end a lot at first and less later.
        static void Score(IReadOnlyList<int[]> prefixes, Span<float> logs)
        {
            for (int p = 0; p < prefixes.Count; p++)
            {
                logs.Slice(p * Vocabulary, Vocabulary).Fill(-9);
                logs[p * Vocabulary] = -0.3f;
                logs[p * Vocabulary + End] = prefixes[p].Length == 0 ? -0.5f : -0.4f;
            }
        }
        Assert.Multiple(() =>
        {
            Assert.That(BeamSearch.Run(Score, Vocabulary, End, 8, Longest, 0).Tokens, Is.Empty);
            Assert.That(BeamSearch.Run(Score, Vocabulary, End, 8, Longest, 1).Tokens, Has.Length.EqualTo(Longest));
        });
    }

    [TestCase(0, 4, 0)]
    [TestCase(1, 0, 0)]
    [TestCase(1, 4, -1)]
    public void Numbers_that_make_no_search_are_refused(int beams, int longest, double power) =>
        Assert.That(() => BeamSearch.Run(Model(1), Vocabulary, End, beams, longest, power), Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>Any language model: the beginning and a seed decide about what follows.</summary>
    private static NextTokenScorer Model(int seed) => (prefixes, logs) =>
    {
        for (int p = 0; p < prefixes.Count; p++)
        {
            ulong place = (ulong)seed;
            foreach (int token in prefixes[p])
            {
                place = place * 5 + (ulong)token + 1;
            }
            var random = new RandomSource(place);
            double[] odds = [.. Enumerable.Range(0, Vocabulary).Select(_ => Math.Exp(2 * random.NextGaussian()))];
            for (int t = 0; t < Vocabulary; t++)
            {
                logs[p * Vocabulary + t] = (float)Math.Log(odds[t] / odds.Sum());
            }
        }
    };

    private static IEnumerable<Hypothesis> All(NextTokenScorer score, int[] prefix, double probability)
    {
        if (prefix.Length == Longest)
        {
            return [new Hypothesis(prefix, probability, false)];
        }
        float[] logs = new float[Vocabulary];
        score([prefix], logs);
        return Enumerable.Range(0, Vocabulary).SelectMany(t => t == End
            ? [new Hypothesis(prefix, probability + logs[t], true)]
            : All(score, [.. prefix, t], probability + logs[t]));
    }
}
