using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Heads;

/// <summary>What cross validation found.</summary>
/// <param name="Names">The folds.</param>
/// <param name="Folds">Beside each its clips, by a classifier that was trained on the others.</param>
public sealed record KFoldFigures(IReadOnlyList<string> Names, IReadOnlyList<Classification> Folds)
{
    /// <summary>All clips, each judged by the classifier that has not seen it.</summary>
    public Classification Joined { get; } = Classification.Join(Folds);

    /// <summary>Mean of the folds' accuracies, 0..1: ESC-50's and UrbanSound8K's figure.</summary>
    public double Mean => Folds.Average(f => f.Accuracy);

    /// <summary>Their standard deviation (n - 1).</summary>
    public double Spread => Math.Sqrt(Folds.Sum(f => (f.Accuracy - Mean) * (f.Accuracy - Mean)) / (Folds.Count - 1));
}
