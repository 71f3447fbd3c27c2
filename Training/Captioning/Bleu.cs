namespace SoundSearch.Training.Captioning;

/// <summary>
/// BLEU-1 to BLEU-4 of a whole set (Papineni et al. 2002) as COCO's caption code has it: matches are clipped by the largest count in
/// any one reference, counts are summed over the set, BLEU-n is the geometric mean of the precisions of 1 to n words, times the brevity
/// penalty exp(1 - r / c) where the candidates' length c is below r, the sum of the reference lengths closest to each candidate's, the
/// shorter of two equally close ones. Without smoothing: a set without any match of n words has BLEU-n 0 (COCO's code adds 1e-15).
/// </summary>
public static class Bleu
{
    /// <summary>BLEU-1, -2, -3, -4, each 0..1.</summary>
    /// <param name="candidates">Words of one caption for each clip.</param>
    /// <param name="references">For each clip the words of its references, at least one.</param>
    /// <exception cref="ArgumentException">See <see cref="CaptionScores.Check"/>.</exception>
    public static double[] Measure(IReadOnlyList<string[]> candidates, IReadOnlyList<IReadOnlyList<string[]>> references)
    {
        CaptionScores.Check(candidates.Count, references);
        long length = 0, closest = 0;
        long[] matched = new long[NGrams.Longest], made = new long[NGrams.Longest];
        for (int i = 0; i < candidates.Count; i++)
        {
            int own = candidates[i].Length;
            length += own;
            closest += references[i].Select(r => r.Length).OrderBy(l => Math.Abs(l - own)).ThenBy(l => l).First();
            for (int n = 1; n <= NGrams.Longest; n++)
            {
                made[n - 1] += Math.Max(0, own - n + 1);
                Dictionary<string, int>[] allowed = [.. references[i].Select(r => NGrams.Count(r, n))];
                matched[n - 1] += NGrams.Count(candidates[i], n).Sum(g => Math.Min(g.Value, allowed.Max(a => a.GetValueOrDefault(g.Key))));
            }
        }
        double penalty = length == 0 ? 0 : length >= closest ? 1 : Math.Exp(1 - closest / (double)length), product = 1;
        double[] scores = new double[NGrams.Longest];
        for (int n = 0; n < scores.Length; n++)
        {
            product *= made[n] == 0 ? 0 : matched[n] / (double)made[n];
            scores[n] = penalty * Math.Pow(product, 1.0 / (n + 1));
        }
        return scores;
    }
}
