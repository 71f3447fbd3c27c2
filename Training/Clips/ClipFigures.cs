using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Clips;

/// <summary>
/// Held-out clips, the sound's vector being the mean of its windows'. With frames, VIP-ANT's validation of VA: sounds against single frames
/// (the second of four) and back, precision and recall at 1, where what carries the same set of labels is right
/// (<see cref="LabelSetRetrieval"/>), and how often a clip's own is among the first ten; clips without labels have only their own for a
/// right answer. With captions, retrieval as AudioCaps and Clotho have it (<see cref="CaptionRetrieval"/>).
/// </summary>
public sealed class ClipFigures
{
    private readonly ClipData data;
    private readonly int width;
    private readonly float[]? frames;   // [clips, width]
    private readonly string[][] labels;
    private readonly int[] captioned;   // numbers of the clips that have captions
    private readonly int[] owner;       // of each caption, its place among these
    private readonly float[] captions;  // [captions, width], plain

    /// <param name="data">Its validation clips.</param>
    /// <param name="pictures">The frozen image tower's vectors of all pictures, <see cref="PictureVectors.OfAll"/>; null: without frames.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="textFirst">Whether the figures of captions are the first ones.</param>
    /// <exception cref="ArgumentException">There are neither frames nor captions.</exception>
    public ClipFigures(ClipData data, float[]? pictures, ITextEncoder text, bool textFirst)
    {
        (this.data, width) = (data, text.Dimensions);
        frames = pictures is null ? null : PictureVectors.Rows(pictures, width, data.Validation.Select(c => c.Pictures[(c.Pictures.Length + 1) / 2 - 1]));
        labels = [.. data.Validation.Select((c, i) => c.File.Labels.Count > 0 ? c.File.Labels.ToArray() : [$"clip {i}"])];
        captioned = [.. Enumerable.Range(0, data.Validation.Count).Where(i => data.Validation[i].File.Captions.Count > 0)];
        string[] texts = [.. captioned.SelectMany(i => data.Validation[i].File.Captions)];
        owner = [.. captioned.SelectMany((i, place) => data.Validation[i].File.Captions.Select(_ => place))];
        captions = new float[texts.Length * width];
        text.Encode(texts, captions);
        IReadOnlyList<string> seen = frames is null ? [] : PictureColumns, read = texts.Length == 0 ? [] : TextColumns;
        Columns = textFirst ? [.. read, .. seen] : [.. seen, .. read];
        TextFirst = textFirst;
        if (Columns.Count == 0)
        {
            throw new ArgumentException("The clips to measure with have neither frames nor captions: name a 'validation' whose clips have some.", nameof(data));
        }
    }

    /// <summary>Precision and recall go by label sets, R@10 by pairs.</summary>
    public static IReadOnlyList<string> PictureColumns { get; } =
        ["picture>sound precision@1", "picture>sound recall@1", "sound>picture precision@1", "sound>picture recall@1", "picture>own sound R@10", "sound>own picture R@10"];

    public static IReadOnlyList<string> TextColumns { get; } = ["text>sound R@10", "text>sound R@5", "text>sound R@1", "sound>text R@10", "sound>text R@5", "sound>text R@1"];

    /// <summary>What <see cref="Measure"/> returns.</summary>
    public IReadOnlyList<string> Columns { get; }

    private bool TextFirst { get; }

    /// <summary>Shares, 0..1.</summary>
    public double[] Measure(AudioTower tower) => Judge(SoundVectors.OfWhole(tower, data.Validation.Select(c => MelWindows.Cut(data.Rows(c), tower.Shape.Frames))));

    /// <summary>The same of vectors drawn at random, the mean of some draws: what a tower has that hears nothing.</summary>
    public double[] Chance() => ChanceFigures.Mean(draw => Judge(draw(labels.Length, width)));

    private double[] Judge(float[] sounds)
    {
        double[] seen = frames is null ? [] : Seen(sounds), read = captions.Length == 0 ? [] : Read(sounds);
        return TextFirst ? [.. read, .. seen] : [.. seen, .. read];
    }

    private double[] Seen(float[] sounds)
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

    private double[] Read(float[] sounds)
    {
        float[] own = [.. captioned.SelectMany(i => new ArraySegment<float>(sounds, i * width, width))];
        (RetrievalFigures found, RetrievalFigures named) = CaptionRetrieval.Measure(SimilarityMatrix.Dot(own, captions, width), owner);
        return [found.R10, found.R5, found.R1, named.R10, named.R5, named.R1];
    }
}
