using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Clips;

/// <summary>
/// VIP-ANT's validation of VA: sounds against single frames and back, precision and recall at 1, where what carries the same set of labels
/// is right (<see cref="LabelSetRetrieval"/>); and how often a clip's own is among the first ten. The frame is the second of four, the
/// sound's vector the mean of its windows'. Clips without labels have only their own for a right answer.
/// </summary>
public sealed class ClipFigures
{
    private const int ChanceDraws = 20;

    private readonly ClipData data;
    private readonly int width;
    private readonly float[] frames;  // [clips, width]
    private readonly string[][] labels;

    /// <param name="data">Its validation clips.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>.</param>
    /// <param name="width">Length of a vector.</param>
    public ClipFigures(ClipData data, float[] pictures, int width)
    {
        (this.data, this.width) = (data, width);
        frames = PictureVectors.Rows(pictures, width, data.Validation.Select(c => c.Pictures[(c.Pictures.Length + 1) / 2 - 1]));
        labels = [.. data.Validation.Select((c, i) => c.Labels.Count > 0 ? c.Labels.ToArray() : [$"clip {i}"])];
    }

    /// <summary>What <see cref="Measure"/> returns. Precision and recall go by label sets, R@10 by pairs.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["picture>sound precision@1", "picture>sound recall@1", "sound>picture precision@1", "sound>picture recall@1", "picture>own sound R@10", "sound>own picture R@10"];

    /// <summary>Shares, 0..1.</summary>
    public double[] Measure(AudioTower tower) => Judge(SoundVectors.OfWhole(tower, data.Validation.Select(c => MelWindows.Cut(data.Rows(c), tower.Shape.Frames))));

    /// <summary>The same of vectors drawn at random, the mean of some draws: what a tower has that hears nothing.</summary>
    public double[] Chance()
    {
        var random = new RandomSource(1);
        double[] sum = new double[Columns.Count];
        float[] vectors = new float[frames.Length];
        for (int draw = 0; draw < ChanceDraws; draw++)
        {
            random.Fill(vectors, 1);
            UnitLength.Forward(vectors, vectors, labels.Length, width);
            TensorPrimitives.Add<double>(sum, Judge(vectors), sum);
        }
        TensorPrimitives.Divide<double>(sum, ChanceDraws, sum);
        return sum;
    }

    private double[] Judge(float[] sounds)
    {
        var toFrames = SimilarityMatrix.Dot(sounds, frames, width);
        SimilarityMatrix toSounds = toFrames.Transposed();
        LabelSetRetrieval seen = LabelSetRetrieval.Measure(toFrames, labels, labels), heard = LabelSetRetrieval.Measure(toSounds, labels, labels);
        return
        [
            heard.PrecisionAt1, heard.RecallAt1, seen.PrecisionAt1, seen.RecallAt1,
            RetrievalFigures.Measure(toSounds, (p, s) => p == s).R10, RetrievalFigures.Measure(toFrames, (s, p) => s == p).R10,
        ];
    }
}
