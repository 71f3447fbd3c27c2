using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Videos;

/// <summary>
/// Held-out sounds against held-out drawings and against texts, from the first window of each sound; and against their labels, by the
/// protocol of <see cref="ZeroShot"/>. The first figure knows no text: a tower that is chosen by it has never met one.
/// </summary>
public sealed class VideoFigures
{
    private readonly VideoWorld world;
    private readonly int[] pictures;        // of things that are heard in the held-out videos
    private readonly float[] pictureVectors; // [pictures, width]
    private readonly float[] frameVectors;  // [videos, frames, width]
    private readonly string[] texts;
    private readonly float[] textVectors;   // [texts, width]
    private readonly ZeroShot labels, prompted;

    /// <param name="world">Its held-out videos.</param>
    /// <param name="vectors">The frozen image tower's of all pictures, <see cref="PictureVectors.OfAll"/>.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    /// <param name="frames">Of the windows that the towers to be measured read.</param>
    /// <exception cref="ArgumentException">No held-out sound has a label.</exception>
    public VideoFigures(VideoWorld world, float[] vectors, ITextEncoder text, int frames)
    {
        this.world = world;
        pictures = [.. world.TestPictures.Where(p => world.Test.Any(v => world.Shows(p, v.Sound)))];
        pictureVectors = PictureVectors.Rows(vectors, text.Dimensions, pictures);
        frameVectors = PictureVectors.Rows(vectors, text.Dimensions, world.Test.SelectMany(v => v.Pictures));
        texts = [.. world.Test.Select(v => world.Texts[v.Sound]!).Distinct().Order(StringComparer.Ordinal)];
        textVectors = new float[texts.Length * text.Dimensions];
        text.Encode(texts, textVectors);
        List<LabelledClip> clips = Labelled(world, frames);
        (labels, prompted) = (new ZeroShot(clips, text, prompt: ""), new ZeroShot(clips, text));
    }

    /// <summary>What <see cref="Measure"/> returns. Texts and labels are bare, as pictures were named, but for "with prompt". Agreement: how often the frame nearest to the sound shows what is heard.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "sound>picture mAP@10", "sound>picture R@10", "sound>picture R@1", "picture>sound R@10", "picture>sound R@1", "agreement",
        "sound>text R@10", "sound>text R@1", "text>sound R@10", "text>sound R@1", "text>sound P@5", "zero-shot accuracy", "zero-shot with prompt", "label>sound P@5",
    ];

    private static readonly int AgreementColumn = Columns.ToList().IndexOf("agreement");

    /// <summary>Numbers of sounds, pictures, texts and labels, for people.</summary>
    public string Sizes => $"{world.Test.Count:N0} sounds, {pictures.Length:N0} drawings, {texts.Length:N0} texts, and {labels.Clips:N0} sounds of {labels.Classes:N0} labels held out";

    /// <summary>Shares, 0..1.</summary>
    public double[] Measure(AudioTower tower) => Judge(SoundVectors.Of(tower, world.Sounds, [.. world.Test.Select(v => v.Sound)]), labels.Encode(tower));

    /// <summary>The same of vectors drawn at random, the mean of some draws: what a tower has that hears nothing. For the agreement, that of frames at random.</summary>
    public double[] Chance()
    {
        int width = textVectors.Length / texts.Length;
        double[] mean = ChanceFigures.Mean(draw => Judge(draw(world.Test.Count, width), draw(labels.Clips, width)));
        // Drawings of one thing are near each other, so a random vector prefers the odd frame out: that is no measure of a blind choice.
        mean[AgreementColumn] = VideoWorld.Chance(world.TestTruth);
        return mean;
    }

    private double[] Judge(float[] sounds, float[] labelled)
    {
        int width = sounds.Length / world.Test.Count;
        var toPictures = SimilarityMatrix.Dot(sounds, pictureVectors, width);
        RetrievalFigures seen = RetrievalFigures.Measure(toPictures, (v, p) => world.Shows(pictures[p], world.Test[v].Sound));
        RetrievalFigures heard = RetrievalFigures.Measure(toPictures.Transposed(), (p, v) => world.Shows(pictures[p], world.Test[v].Sound));
        int[] nearest = [.. world.Test.Select((video, v) => FrameChoice.Nearest(sounds.AsSpan(v * width, width), frameVectors.AsSpan(v * video.Pictures.Length * width, video.Pictures.Length * width)))];
        var toTexts = SimilarityMatrix.Dot(sounds, textVectors, width);
        RetrievalFigures named = RetrievalFigures.Measure(toTexts, (v, t) => world.Texts[world.Test[v].Sound] == texts[t]);
        RetrievalFigures found = RetrievalFigures.Measure(toTexts.Transposed(), (t, v) => world.Texts[world.Test[v].Sound] == texts[t]);
        (double accuracy, double precision) = labels.Measure(labelled);
        return
        [
            seen.MapAt10, seen.R10, seen.R1, heard.R10, heard.R1, VideoWorld.Agreement(nearest, world.TestTruth),
            named.R10, named.R1, found.R10, found.R1, found.PrecisionAt5, accuracy, prompted.Measure(labelled).Accuracy, precision,
        ];
    }

    /// <summary>Held-out sounds with a label: those of the set with folds, whose labels are classes made to be told apart; where no set has folds, all.</summary>
    private static List<LabelledClip> Labelled(VideoWorld world, int frames)
    {
        int[] heldOut = [.. Enumerable.Range(0, world.Sounds.Count).Where(s => world.Sounds.Entry(s).Info.Label.Length > 0 && world.IsHeldOut(s))];
        int[] folds = [.. heldOut.Where(s => world.Sounds.Entry(s).Info.Fold.Length > 0)];
        if (heldOut.Length == 0)
        {
            throw new ArgumentException("No held-out sound has a label: there is nothing to classify.", nameof(world));
        }
        return [.. (folds.Length > 0 ? folds : heldOut).Select(s => new LabelledClip(world.Sounds.Entry(s).Info.Label.Replace('_', ' '), MelWindows.Cut(world.Sounds.Rows(s), frames)))];
    }
}
