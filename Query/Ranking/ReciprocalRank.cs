namespace SoundSearch.Query.Ranking;

/// <summary>
/// Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009): a file scores 1 / (60 + rank) in each list. One deviation: a
/// place in a list counts only as much as it is evidence. In the list of words that is the share of the question that the
/// file covers, so that "heavy_sword" does not stand beside the nearest sounds for "heavy rain on a tin roof" because of one
/// word, while a file with all the words does. In the list by sound it falls from 1 at the best cosine to 0 at the end of
/// the list, or at cosine 0 when no file was cut off: being twentieth of thirty says nothing.
/// </summary>
internal static class ReciprocalRank
{
    private const double K = 60;

    /// <param name="meaning">Best first.</param>
    /// <param name="words">Best first.</param>
    /// <param name="depth">How many were asked for: a shorter list has every file.</param>
    /// <returns>Files of either list, best first; a score of 1 is first in both lists with all words.</returns>
    public static List<(long File, double Score)> Merge(IReadOnlyList<Neighbour> meaning, IReadOnlyList<WordMatch> words, int depth)
    {
        float best = meaning.Count == 0 ? 0 : meaning[0].Cosine;
        float worst = meaning.Count == 0 ? 0 : meaning[^1].Cosine;
        float none = meaning.Count < depth ? Math.Min(0, worst) : worst;
        var scores = new Dictionary<long, double>(meaning.Count + words.Count);
        for (int i = 0; i < meaning.Count; i++)
        {
            scores[meaning[i].File] = (best > none ? (meaning[i].Cosine - none) / (best - none) : 1) * Share(i);
        }
        for (int i = 0; i < words.Count; i++)
        {
            scores[words[i].File] = scores.GetValueOrDefault(words[i].File) + (words[i].Coverage * Share(i));
        }
        List<(long File, double Score)> merged = [.. scores.Select(pair => (pair.Key, pair.Value))];
        merged.Sort((a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.File.CompareTo(b.File));
        return merged;
    }

    private static double Share(int index) => (K + 1) / 2 / (K + 1 + index);
}
