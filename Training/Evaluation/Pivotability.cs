namespace SoundSearch.Training.Evaluation;

/// <summary>
/// How well pictures connect sounds with words (Zhao et al. 2022): for each sound its k nearest pictures, for each of these its five
/// nearest captions; the share of the sound's own captions that are among them.
/// </summary>
public static class Pivotability
{
    private const int CaptionsPerPicture = 5;

    /// <param name="soundToPicture">[sounds, pictures].</param>
    /// <param name="pictureToCaption">[pictures, captions].</param>
    /// <param name="owner">For each caption the row of its sound.</param>
    /// <param name="pictures">Nearest pictures of a sound.</param>
    /// <returns>Mean share over sounds, 0..1.</returns>
    public static double Measure(SimilarityMatrix soundToPicture, SimilarityMatrix pictureToCaption, IReadOnlyList<int> owner, int pictures)
    {
        if (soundToPicture.Columns != pictureToCaption.Rows || owner.Count != pictureToCaption.Columns)
        {
            throw new ArgumentException(
                $"{soundToPicture.Columns} pictures for sounds, {pictureToCaption.Rows} for captions; {pictureToCaption.Columns} captions, {owner.Count} owners.", nameof(owner));
        }
        int[][] captionsOf = [.. Enumerable.Range(0, pictureToCaption.Rows).Select(p => pictureToCaption.Ranked(p)[..Math.Min(CaptionsPerPicture, pictureToCaption.Columns)])];
        ILookup<int, int> own = Enumerable.Range(0, owner.Count).ToLookup(c => owner[c]);
        double sum = 0;
        for (int s = 0; s < soundToPicture.Rows; s++)
        {
            if (!own[s].Any())
            {
                throw new ArgumentException($"Sound {s} has no caption.", nameof(owner));
            }
            HashSet<int> reached = [.. soundToPicture.Ranked(s).Take(pictures).SelectMany(p => captionsOf[p])];
            sum += own[s].Count(reached.Contains) / (double)own[s].Count();
        }
        return sum / soundToPicture.Rows;
    }
}
