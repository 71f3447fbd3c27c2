using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Held-out sounds against the names of their classes: accuracy of the nearest name (VIP-ANT's zero-shot protocol, cosine) and,
/// the other way round, precision of the first five sounds for each name.
/// </summary>
public sealed class ZeroShot
{
    /// <summary>VIP-ANT's prompt.</summary>
    public const string Prompt = "the sound of ";

    private readonly IReadOnlyList<LabelledClip> clips;
    private readonly string[] labels;
    private readonly float[] names; // [labels, width]

    /// <param name="clips">Held-out sounds, at least one.</param>
    /// <param name="text">Makes the names' vectors, here only.</param>
    /// <param name="prompt">Before each name; "" for the bare name.</param>
    public ZeroShot(IReadOnlyList<LabelledClip> clips, ITextEncoder text, string prompt = Prompt)
    {
        this.clips = clips;
        labels = [.. clips.Select(c => c.Label).Distinct().Order(StringComparer.Ordinal)];
        names = new float[labels.Length * text.Dimensions];
        text.Encode([.. labels.Select(l => prompt + l)], names);
    }

    public int Classes => labels.Length;

    public int Clips => clips.Count;

    /// <summary>Accuracy and precision@5, both 0..1, with batch norm's running statistics as in use.</summary>
    public (double Accuracy, double Precision) Measure(AudioTower tower) => Measure(Encode(tower));

    /// <summary>The same of vectors [clips, width].</summary>
    public (double Accuracy, double Precision) Measure(ReadOnlySpan<float> sounds)
    {
        var scores = SimilarityMatrix.Dot(sounds, names, sounds.Length / clips.Count);
        int[] answers = [.. clips.Select(c => Array.IndexOf(labels, c.Label))];
        return (
            Classification.Measure(scores, answers, labels).Accuracy,
            RetrievalFigures.Measure(scores.Transposed(), (label, clip) => answers[clip] == label).PrecisionAt5);
    }

    /// <summary>Unit vectors [clips, width]: the mean of each clip's windows.</summary>
    public float[] Encode(AudioTower tower) => SoundVectors.OfWhole(tower, clips.Select(c => c.Windows));
}
