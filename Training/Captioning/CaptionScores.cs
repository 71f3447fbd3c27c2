using System.Globalization;

namespace SoundSearch.Training.Captioning;

/// <summary>
/// Figures of a set of generated captions. BLEU and content F1 are 0..1, CIDEr-D 0..10. SpiderLike is the mean of CIDEr-D and
/// content F1, as SPIDEr (Liu et al. 2017) is that of CIDEr-D and SPICE; see <see cref="ContentMatch"/> for what replaces SPICE and why
/// the figure must not be set beside published SPIDEr.
/// </summary>
public sealed record CaptionScores(int Clips, double Bleu1, double Bleu2, double Bleu3, double Bleu4, double CiderD, double ContentF1)
{
    public const string Protocol =
        "lower-case words without punctuation; BLEU over the set with the closest reference length; CIDEr-D with document frequencies from the set's own references; SPIDEr-like: F1 of content words in SPICE's place";

    public double SpiderLike => (CiderD + ContentF1) / 2;

    /// <param name="candidates">One caption for each clip; an empty one scores 0.</param>
    /// <param name="references">For each clip its references, at least one.</param>
    /// <exception cref="ArgumentException">See <see cref="Check"/>.</exception>
    public static CaptionScores Measure(IReadOnlyList<string> candidates, IReadOnlyList<IReadOnlyList<string>> references)
    {
        string[][] words = [.. candidates.Select(CaptionWords.Of)];
        IReadOnlyList<string[]>[] right = [.. references.Select(clip => (IReadOnlyList<string[]>)[.. clip.Select(CaptionWords.Of)])];
        double[] bleu = Bleu.Measure(words, right);
        return new CaptionScores(
            words.Length, bleu[0], bleu[1], bleu[2], bleu[3], Captioning.CiderD.PerClip(words, right).Average(), ContentMatch.PerClip(words, right).Average());
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"BLEU-1 {Bleu1:0.000}, BLEU-2 {Bleu2:0.000}, BLEU-3 {Bleu3:0.000}, BLEU-4 {Bleu4:0.000}, CIDEr-D {CiderD:0.000}, content F1 {ContentF1:0.000}, SPIDEr-like {SpiderLike:0.000} ({Clips:N0} clips)");

    /// <exception cref="ArgumentException">No candidate, another number of candidates than of clips with references, or a clip without any.</exception>
    internal static void Check<T>(int candidates, IReadOnlyList<IReadOnlyList<T>> references)
    {
        if (candidates == 0 || candidates != references.Count)
        {
            throw new ArgumentException($"Each clip needs one candidate; there are {candidates} candidates and references for {references.Count} clips.", nameof(references));
        }
        for (int i = 0; i < references.Count; i++)
        {
            if (references[i].Count == 0)
            {
                throw new ArgumentException($"Clip {i} has no reference.", nameof(references));
            }
        }
    }
}
