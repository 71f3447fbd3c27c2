namespace SoundSearch.Training.Captioning;

/// <summary>
/// F1 over content words, which stands in for SPICE (Anderson et al. 2016). SPICE parses captions into scene graphs, merges those of the
/// references, and takes the F1 of the candidate's tuples (objects, attributes, relations) against them. Here a caption's tuples are its
/// distinct words less function words, and the references' are the union of theirs: no parser, no relations, no lemmas ("dogs" is not
/// "dog") and no WordNet synonyms. So it is not SPICE, its values cannot be compared with published ones, and it does not see word
/// order; like SPICE it asks what is named, not how it is said.
/// </summary>
public static class ContentMatch
{
    /// <summary>For each clip 0..1; 0 where candidate or references name nothing.</summary>
    /// <param name="candidates">Words of one caption for each clip.</param>
    /// <param name="references">For each clip the words of its references, at least one.</param>
    /// <exception cref="ArgumentException">See <see cref="CaptionScores.Check"/>.</exception>
    public static double[] PerClip(IReadOnlyList<string[]> candidates, IReadOnlyList<IReadOnlyList<string[]>> references)
    {
        CaptionScores.Check(candidates.Count, references);
        return [.. candidates.Select((c, i) => F1(CaptionWords.Content(c), CaptionWords.Content(references[i].SelectMany(r => r))))];
    }

    /// <summary>2 matches / (words here + words there), which is the harmonic mean of precision and recall.</summary>
    private static double F1(HashSet<string> candidate, HashSet<string> references)
    {
        int matches = candidate.Count(references.Contains);
        return matches == 0 ? 0 : 2.0 * matches / (candidate.Count + references.Count);
    }
}
