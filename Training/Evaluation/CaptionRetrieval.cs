namespace SoundSearch.Training.Evaluation;

/// <summary>
/// Retrieval between sounds and their captions, both ways, as AudioCaps and Clotho are judged: every caption is a query for its
/// one sound, every sound is a query for its captions (five, as a rule), of which the best counts.
/// </summary>
public sealed record CaptionRetrieval(RetrievalFigures TextToSound, RetrievalFigures SoundToText)
{
    public const string Protocol =
        "cosine of unit vectors; each caption alone as a query for its sound; each sound as a query for its captions, the best placed one counting; whole split as candidates";

    /// <param name="scores">[sounds, captions].</param>
    /// <param name="owner">For each caption the row of its sound.</param>
    /// <exception cref="ArgumentException">A caption without a sound, or a sound without a caption.</exception>
    public static CaptionRetrieval Measure(SimilarityMatrix scores, IReadOnlyList<int> owner)
    {
        if (owner.Count != scores.Columns || owner.Any(o => o < 0 || o >= scores.Rows))
        {
            throw new ArgumentException($"{scores.Columns} captions need the rows of their sounds, 0 to {scores.Rows - 1}.", nameof(owner));
        }
        return new CaptionRetrieval(
            RetrievalFigures.Measure(scores.Transposed(), (caption, sound) => owner[caption] == sound),
            RetrievalFigures.Measure(scores, (sound, caption) => owner[caption] == sound));
    }
}
