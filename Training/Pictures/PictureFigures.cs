using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Retrieval between held-out pictures and the names of what they show, both ways: the names of all held-out things are the
/// candidates, and every drawing of a thing is right for its name.
/// </summary>
public sealed class PictureFigures
{
    private readonly PictureStore store;
    private readonly IReadOnlyList<int> pictures;
    private readonly int[] answers; // name of each picture
    private readonly float[] names; // [Names, width]

    /// <param name="store">Owned by the caller.</param>
    /// <param name="pictures">Numbers of those that are held out, at least one.</param>
    /// <param name="text">Makes the names' vectors, here only.</param>
    public PictureFigures(PictureStore store, IReadOnlyList<int> pictures, ITextEncoder text)
    {
        (this.store, this.pictures) = (store, pictures);
        string[] groups = [.. pictures.Select(p => store.Entries[p].Info.Group).Distinct().Order(StringComparer.Ordinal)];
        answers = [.. pictures.Select(p => Array.BinarySearch(groups, store.Entries[p].Info.Group, StringComparer.Ordinal))];
        names = new float[groups.Length * text.Dimensions];
        text.Encode(groups, names);
        Names = groups.Length;
    }

    /// <summary>What <see cref="Measure"/> returns.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["picture>words mAP@10", "picture>words R@10", "picture>words R@1", "words>picture R@10", "words>picture R@1"];

    /// <summary>Things among the pictures.</summary>
    public int Names { get; }

    /// <summary>Shares, 0..1.</summary>
    public double[] Measure(AudioTower tower)
    {
        var scores = SimilarityMatrix.Dot(PictureVectors.Of(tower, store, pictures), names, tower.Shape.Embedding);
        RetrievalFigures words = RetrievalFigures.Measure(scores, (picture, name) => answers[picture] == name);
        RetrievalFigures drawings = RetrievalFigures.Measure(scores.Transposed(), (name, picture) => answers[picture] == name);
        return [words.MapAt10, words.R10, words.R1, drawings.R10, drawings.R1];
    }
}
