namespace SoundSearch.Query.Ranking;

/// <summary>
/// Reciprocal rank fusion (Cormack, Clarke and Buettcher 2009): a file scores 1 / (60 + rank) in each list. One deviation: the
/// list of words counts only as much as the file covers of the question, so that "heavy_sword" does not stand beside the
/// nearest sounds for "heavy rain on a tin roof" because of one word, while a file with all the words does.
/// </summary>
internal static class ReciprocalRank
{
    private const double K = 60;

    /// <summary>Files of either list, best first; a score of 1 is first in both lists with all words.</summary>
    public static List<(long File, double Score)> Merge(IReadOnlyList<Neighbour> meaning, IReadOnlyList<WordMatch> words)
    {
        var scores = new Dictionary<long, double>(meaning.Count + words.Count);
        for (int i = 0; i < meaning.Count; i++)
        {
            scores[meaning[i].File] = Share(i);
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
