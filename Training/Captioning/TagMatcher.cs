namespace SoundSearch.Training.Captioning;

/// <summary>
/// Finds tags in captions, so that text alone teaches to write from tags: a label is found if all words of one of its names ("Male speech,
/// man speaking" has two) are words of the caption, endings aside.
/// </summary>
public sealed class TagMatcher
{
    private readonly ILookup<string, (string Label, string[] Stems)> names; // by their first word

    /// <param name="labels">Names apart by ", ".</param>
    public TagMatcher(IEnumerable<string> labels) =>
        names = labels.SelectMany(l => l.Split(", ").Select(name => (Label: l, Stems: CaptionWords.Of(name).Select(Stem).ToArray())))
            .Where(n => n.Stems.Length > 0).ToLookup(n => n.Stems[0]);

    /// <summary>The labels that the caption names, each once.</summary>
    public string[] Find(string caption)
    {
        HashSet<string> stems = [.. CaptionWords.Of(caption).Select(Stem)];
        return [.. stems.SelectMany(s => names[s]).Where(n => n.Stems.All(stems.Contains)).Select(n => n.Label).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>"barking", "barks" and "barked" to "bark"; "scraping" and "scrape" to "scrap", "running" and "run" to "run".</summary>
    internal static string Stem(string word)
    {
        foreach ((string ending, int least) in ((string, int)[])[("'s", 3), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4)])
        {
            if (word.Length >= least && word.EndsWith(ending, StringComparison.Ordinal) && !word.EndsWith("ss", StringComparison.Ordinal))
            {
                word = word[..^ending.Length];
                break;
            }
        }
        if (word.Length > 3 && word[^1] == 'e')
        {
            word = word[..^1];
        }
        return word.Length > 3 && word[^1] == word[^2] ? word[..^1] : word;
    }
}
