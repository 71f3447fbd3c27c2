namespace SoundSearch.Training.Captioning;

/// <summary>
/// A caption's words as the metrics see them: lower case, runs of letters and digits, with apostrophes and hyphens inside a word kept.
/// COCO's caption code runs Stanford's PTB tokeniser and drops punctuation; the only difference for plain English is that PTB
/// splits contractions ("don't" into "do" and "n't", "dog's" into "dog" and "'s") and here they stay one word.
/// </summary>
public static class CaptionWords
{
    // Articles, pronouns, prepositions, conjunctions, auxiliaries, and words that say order or degree but name no thing, deed or quality.
    private static readonly HashSet<string> functionWords =
    [
        "a", "about", "above", "across", "after", "again", "against", "along", "also", "always", "am", "amid", "among", "an", "and", "another", "any", "are", "around", "as", "at",
        "be", "because", "been", "before", "behind", "being", "below", "beneath", "beside", "between", "both", "but", "by",
        "can", "could", "did", "do", "does", "down", "during", "each", "either", "every", "few", "followed", "following", "for", "from", "further",
        "had", "has", "have", "having", "he", "her", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "it's",
        "just", "many", "may", "me", "might", "more", "most", "much", "must", "my", "near", "no", "nor", "not", "now",
        "of", "off", "on", "once", "onto", "or", "other", "others", "our", "out", "over", "own", "per", "same", "several", "shall", "she", "should", "so", "some", "such",
        "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "throughout", "to", "together", "too", "toward", "towards",
        "under", "until", "up", "upon", "very", "via", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose", "will", "with", "within", "without", "would",
        "you", "your",
    ];

    /// <summary>The words in order; none for a caption without letters and digits.</summary>
    public static string[] Of(string caption)
    {
        List<string> words = [];
        int start = -1;
        for (int i = 0; i <= caption.Length; i++)
        {
            bool inside = i < caption.Length
                && (char.IsLetterOrDigit(caption[i]) || (start >= 0 && caption[i] is '\'' or '-' && i + 1 < caption.Length && char.IsLetterOrDigit(caption[i + 1])));
            if (inside && start < 0)
            {
                start = i;
            }
            else if (!inside && start >= 0)
            {
                words.Add(caption[start..i].ToLowerInvariant());
                start = -1;
            }
        }
        return [.. words];
    }

    /// <summary>The distinct words that name something: all but function words.</summary>
    public static HashSet<string> Content(IEnumerable<string> words) => [.. words.Where(w => !functionWords.Contains(w))];
}
