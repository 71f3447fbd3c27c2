namespace SoundSearch.Training.Captioning;

/// <summary>
/// Looks for the most probable text, token by token, keeping the best few beginnings. One beam is greedy search. The greedy text keeps a
/// beam of its own until it ends, so that more beams never give a worse text than one; with as many beams as there are beginnings the
/// search is exhaustive. Deterministic: of equally good texts the one with the better beginning, then the lower token id, is first.
/// </summary>
public static class BeamSearch
{
    /// <summary>The text of the highest <see cref="Hypothesis.Score"/> among those that were found.</summary>
    /// <param name="score">The language model.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="end">The id that ends a text.</param>
    /// <param name="beams">Beginnings that are kept.</param>
    /// <param name="maxTokens">Longest text; longer ones are cut there.</param>
    /// <param name="lengthPower">0: by probability, which prefers short texts; 1: by the mean of the tokens' logarithms.</param>
    /// <param name="minTokens">Shortest text: the end is not allowed before.</param>
    public static Hypothesis Run(NextTokenScorer score, int vocabulary, int end, int beams, int maxTokens, double lengthPower, int minTokens = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(beams, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthPower);
        List<Hypothesis> active = [new Hypothesis([], 0, false)];
        Hypothesis? best = null;
        bool greedyIsActive = true; // and then it is the first of the active ones
        float[] next = [];
        for (int length = 0; length < maxTokens && active.Count > 0; length++)
        {
            if (next.Length < active.Count * vocabulary)
            {
                next = new float[active.Count * vocabulary];
            }
            Span<float> scores = next.AsSpan(0, active.Count * vocabulary);
            score([.. active.Select(a => a.Tokens)], scores);
            if (length < minTokens)
            {
                for (int a = 0; a < active.Count; a++)
                {
                    scores[a * vocabulary + end] = float.NegativeInfinity;
                }
            }
            List<(double LogProbability, int Parent, int Token)> chosen = Best(active, scores, vocabulary, beams);
            if (greedyIsActive)
            {
                int token = Highest(scores[..vocabulary]);
                (double, int, int) greedy = (active[0].LogProbability + scores[token], 0, token);
                if (!chosen.Remove(greedy) && chosen.Count == beams)
                {
                    chosen.RemoveAt(chosen.Count - 1);
                }
                chosen.Insert(0, greedy);
                greedyIsActive = token != end;
            }
            List<Hypothesis> going = [];
            foreach ((double logProbability, int parent, int token) in chosen)
            {
                if (token == end)
                {
                    best = Better(best, new Hypothesis(active[parent].Tokens, logProbability, true), lengthPower);
                }
                else
                {
                    going.Add(new Hypothesis([.. active[parent].Tokens, token], logProbability, false));
                }
            }
            // Logarithms only fall: a text at most keeps what it has, spread over the greatest length.
            double reachable = going.Count == 0 ? double.NegativeInfinity : going.Max(g => g.LogProbability) / Math.Pow(maxTokens, lengthPower);
            active = best is not null && best.Score(lengthPower) >= reachable ? [] : going;
        }
        foreach (Hypothesis cut in active)
        {
            best = Better(best, cut, lengthPower);
        }
        return best!; // the first round writes a token or an end
    }

    private static Hypothesis Better(Hypothesis? one, Hypothesis other, double lengthPower) =>
        one is null || other.Score(lengthPower) > one.Score(lengthPower) ? other : one;

    /// <summary>The best continuations of all, best first.</summary>
    private static List<(double LogProbability, int Parent, int Token)> Best(List<Hypothesis> active, ReadOnlySpan<float> scores, int vocabulary, int beams)
    {
        List<(double LogProbability, int Parent, int Token)> best = new(beams + 1);
        for (int a = 0; a < active.Count; a++)
        {
            for (int t = 0; t < vocabulary; t++)
            {
                double value = active[a].LogProbability + scores[a * vocabulary + t];
                if (double.IsNegativeInfinity(value) || (best.Count == beams && value <= best[^1].LogProbability))
                {
                    continue;
                }
                int place = best.Count;
                while (place > 0 && value > best[place - 1].LogProbability)
                {
                    place--;
                }
                best.Insert(place, (value, a, t));
                if (best.Count > beams)
                {
                    best.RemoveAt(beams);
                }
            }
        }
        return best;
    }

    private static int Highest(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int t = 1; t < scores.Length; t++)
        {
            best = scores[t] > scores[best] ? t : best;
        }
        return best;
    }
}
