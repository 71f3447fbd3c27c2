using System.Globalization;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Heads;

/// <summary>What cross validation found.</summary>
/// <param name="Names">The folds.</param>
/// <param name="Folds">Beside each its clips, by a classifier that was trained on the others.</param>
public sealed record KFoldFigures(IReadOnlyList<string> Names, IReadOnlyList<Classification> Folds)
{
    /// <summary>The data set, for people; empty if nobody said so.</summary>
    public string Set { get; init; } = "";

    /// <summary>What keeps this from being the set's whole protocol; empty if nothing.</summary>
    public IReadOnlyList<string> Gaps { get; init; } = [];

    /// <summary>What was done, for people.</summary>
    public string Protocol
    {
        get
        {
            string gaps = Gaps.Count == 0 ? "" : $"; not the whole protocol: {string.Join("; ", Gaps)}";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Set}, {Joined.Clips:N0} sounds, cross validation by its own {Names.Count} folds: each is tested by a classifier that learned from {(Chosen ? "all but it and the next one, by which its epoch is chosen" : "the others, its epoch chosen by nothing")}; a sound's logits are the mean over its windows; mean and standard deviation (n - 1) of the folds' accuracies{gaps}");
        }
    }

    /// <summary>Whether the epoch was chosen, on another fold than the tested one.</summary>
    public bool Chosen { get; init; }

    /// <summary>All clips, each judged by the classifier that has not seen it.</summary>
    public Classification Joined { get; } = Classification.Join(Folds);

    /// <summary>Mean of the folds' accuracies, 0..1: ESC-50's and UrbanSound8K's figure.</summary>
    public double Mean => Folds.Average(f => f.Accuracy);

    /// <summary>Their standard deviation (n - 1).</summary>
    public double Spread => Math.Sqrt(Folds.Sum(f => (f.Accuracy - Mean) * (f.Accuracy - Mean)) / (Folds.Count - 1));
}
