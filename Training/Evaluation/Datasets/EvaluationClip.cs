namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>One sound of a data set.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Captions">Sentences about it, where the set has them.</param>
/// <param name="Labels">Its classes, as words: one in single-label sets, several in AudioSet.</param>
/// <param name="Fold">From 1, 0 where the set has none.</param>
public sealed record EvaluationClip(string Path, IReadOnlyList<string> Captions, IReadOnlyList<string> Labels, int Fold)
{
    /// <summary>The recording that it was cut from, where the set says so, else empty.</summary>
    public string Recording { get; init; } = "";
}
