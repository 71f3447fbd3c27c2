using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Training.Videos;

/// <summary>
/// Held-out sounds against held-out drawings and against texts, from the first window of each sound. The first figure knows no text:
/// a tower that is chosen by it has never met one.
/// </summary>
public sealed class VideoFigures
{
    private const int Batch = 16;

    private readonly VideoWorld world;
    private readonly int[] pictures;        // of things that are heard in the held-out videos
    private readonly float[] pictureVectors; // [pictures, width]
    private readonly float[] frameVectors;  // [videos, frames, width]
    private readonly string[] texts;
    private readonly float[] textVectors;   // [texts, width]

    /// <param name="world">Its held-out videos.</param>
    /// <param name="pivot">The frozen image tower; used here only.</param>
    /// <param name="text">The frozen text tower; used here only.</param>
    public VideoFigures(VideoWorld world, AudioTower pivot, ITextEncoder text)
    {
        this.world = world;
        pictures = [.. world.TestPictures.Where(p => world.Test.Any(v => world.Shows(p, v.Sound)))];
        pictureVectors = PictureVectors.Of(pivot, world.Store, pictures);
        frameVectors = PictureVectors.Of(pivot, world.Store, [.. world.Test.SelectMany(v => v.Pictures)]);
        texts = [.. world.Test.Select(v => world.Texts[v.Sound]!).Distinct().Order(StringComparer.Ordinal)];
        textVectors = new float[texts.Length * text.Dimensions];
        text.Encode([.. texts.Select(t => ZeroShot.Prompt + t)], textVectors);
    }

    /// <summary>What <see cref="Measure"/> returns. Agreement: how often the frame nearest to the sound shows what is heard.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["sound>picture mAP@10", "sound>picture R@10", "sound>picture R@1", "picture>sound R@10", "picture>sound R@1", "agreement", "sound>text R@1", "sound>text R@10", "text>sound R@1", "text>sound R@10"];

    /// <summary>Numbers of sounds, pictures and texts, for people.</summary>
    public string Sizes => $"{world.Test.Count:N0} sounds, {pictures.Length:N0} drawings, {texts.Length:N0} texts held out";

    /// <summary>Shares, 0..1.</summary>
    public double[] Measure(AudioTower tower)
    {
        int width = tower.Shape.Embedding;
        float[] sounds = Encode(tower);
        var toPictures = SimilarityMatrix.Dot(sounds, pictureVectors, width);
        RetrievalFigures seen = RetrievalFigures.Measure(toPictures, (v, p) => world.Shows(pictures[p], world.Test[v].Sound));
        RetrievalFigures heard = RetrievalFigures.Measure(toPictures.Transposed(), (p, v) => world.Shows(pictures[p], world.Test[v].Sound));
        int[] nearest = [.. world.Test.Select((video, v) => FrameChoice.Nearest(sounds.AsSpan(v * width, width), frameVectors.AsSpan(v * video.Pictures.Length * width, video.Pictures.Length * width)))];
        var toTexts = SimilarityMatrix.Dot(sounds, textVectors, width);
        RetrievalFigures named = RetrievalFigures.Measure(toTexts, (v, t) => world.Texts[world.Test[v].Sound] == texts[t]);
        RetrievalFigures found = RetrievalFigures.Measure(toTexts.Transposed(), (t, v) => world.Texts[world.Test[v].Sound] == texts[t]);
        return [seen.MapAt10, seen.R10, seen.R1, heard.R10, heard.R1, VideoWorld.Agreement(nearest, world.TestTruth), named.R1, named.R10, found.R1, found.R10];
    }

    private float[] Encode(AudioTower tower)
    {
        AudioTowerShape shape = tower.Shape;
        int size = shape.Frames * shape.Bins, width = shape.Embedding;
        float[] vectors = new float[world.Test.Count * width], windows = new float[Batch * size];
        var buffers = new AudioTowerBuffers(tower, Batch, shape.Frames, training: false);
        for (int first = 0; first < world.Test.Count; first += Batch)
        {
            int count = Math.Min(Batch, world.Test.Count - first);
            for (int i = 0; i < count; i++)
            {
                SoundWindow.Plain(world.Sounds.Rows(world.Test[first + i].Sound), windows.AsSpan(i * size, size));
            }
            tower.Forward(windows.AsSpan(0, count * size), count, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, vectors.AsSpan(first * width), count, width);
        }
        return vectors;
    }
}
