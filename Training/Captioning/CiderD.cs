namespace SoundSearch.Training.Captioning;

/// <summary>
/// CIDEr-D (Vedantam et al. 2015, equations 2 to 4 and section 5): cosines of tf-idf vectors of runs of 1 to 4 words, the
/// candidate's weights clipped to the reference's, times exp(-(difference in words)^2 / (2 * 6^2)), averaged over references and run
/// lengths, times 10. A run's document frequency is the number of clips of the set whose references contain it, so a clip's score
/// depends on the set: sets of one clip, or of clips that all say the same, score 0, since nothing in them tells clips apart.
/// </summary>
public static class CiderD
{
    private const double Sigma = 6, Scale = 10;

    /// <summary>For each clip 0..10; their mean is the set's score.</summary>
    /// <param name="candidates">Words of one caption for each clip.</param>
    /// <param name="references">For each clip the words of its references, at least one.</param>
    /// <exception cref="ArgumentException">See <see cref="CaptionScores.Check"/>.</exception>
    public static double[] PerClip(IReadOnlyList<string[]> candidates, IReadOnlyList<IReadOnlyList<string[]>> references)
    {
        CaptionScores.Check(candidates.Count, references);
        double[] scores = new double[candidates.Count];
        for (int n = 1; n <= NGrams.Longest; n++)
        {
            Dictionary<string, int>[][] counts = [.. references.Select(clip => clip.Select(r => NGrams.Count(r, n)).ToArray())];
            Dictionary<string, int> documents = counts.SelectMany(clip => clip.SelectMany(r => r.Keys).Distinct()).CountBy(g => g).ToDictionary();
            for (int i = 0; i < scores.Length; i++)
            {
                Dictionary<string, double> candidate = Weighted(NGrams.Count(candidates[i], n), documents, references.Count);
                double sum = 0;
                for (int r = 0; r < counts[i].Length; r++)
                {
                    double difference = candidates[i].Length - references[i][r].Length;
                    sum += ClippedCosine(candidate, Weighted(counts[i][r], documents, references.Count)) * Math.Exp(-difference * difference / (2 * Sigma * Sigma));
                }
                scores[i] += Scale / NGrams.Longest * sum / counts[i].Length;
            }
        }
        return scores;
    }

    /// <summary>tf-idf; a run that no reference has counts as one that a single clip has, as in the authors' code.</summary>
    private static Dictionary<string, double> Weighted(Dictionary<string, int> counts, Dictionary<string, int> documents, int clips) =>
        counts.ToDictionary(g => g.Key, g => g.Value * (Math.Log(clips) - Math.Log(Math.Max(1, documents.GetValueOrDefault(g.Key)))));

    private static double ClippedCosine(Dictionary<string, double> candidate, Dictionary<string, double> reference)
    {
        double dot = candidate.Sum(g => reference.TryGetValue(g.Key, out double weight) ? Math.Min(g.Value, weight) * weight : 0);
        double norms = Math.Sqrt(candidate.Values.Sum(w => w * w)) * Math.Sqrt(reference.Values.Sum(w => w * w));
        return norms > 0 ? dot / norms : 0;
    }
}
