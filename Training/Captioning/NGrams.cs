namespace SoundSearch.Training.Captioning;

/// <summary>Runs of words with their counts.</summary>
internal static class NGrams
{
    /// <summary>Longest run that BLEU and CIDEr look at.</summary>
    public const int Longest = 4;

    /// <summary>How often each run of <paramref name="length"/> words occurs; a run's key is its words with spaces between.</summary>
    public static Dictionary<string, int> Count(string[] words, int length)
    {
        Dictionary<string, int> counts = [];
        for (int i = 0; i + length <= words.Length; i++)
        {
            string key = string.Join(" ", words, i, length);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }
        return counts;
    }
}
