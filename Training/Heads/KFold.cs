using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;

namespace SoundSearch.Training.Heads;

/// <summary>
/// Cross validation by the data set's own folds, as ESC-50 (5) and UrbanSound8K (10) ask for: for each fold a fresh classifier learns
/// from the others and is tested on it. The end's weights are tested; with patience, the epoch is chosen on the next fold, which is then
/// not learned from. A fold is never chosen by what it is tested on.
/// </summary>
public static class KFold
{
    /// <param name="options">The recipe of every fold.</param>
    /// <param name="tower">The start; it is copied, not changed.</param>
    /// <param name="sounds">With one label and a fold each.</param>
    /// <param name="folder">Gets a folder for each fold: a run that was stopped goes on there, a finished fold is only tested again.</param>
    /// <param name="progress">For people.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="ArgumentException">Folds are missing or share a recording, or a sound has not one label.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    public static KFoldFigures Run(HeadOptions options, AudioTower tower, ILabelledSounds sounds, string folder, TextWriter? progress, CancellationToken cancellation)
    {
        int[] all = [.. Enumerable.Range(0, sounds.Count)];
        string[] folds = [.. all.Select(sounds.Fold).Distinct().OrderBy(f => f.Length).ThenBy(f => f, StringComparer.Ordinal)]; // 2 before 10
        Check(options, sounds, all, folds);
        float[]? vectors = options.Scope == HeadScope.Probe ? Classifier().Vectors(sounds, all) : null;
        List<Classification> figures = [];
        for (int f = 0; f < folds.Length; f++)
        {
            string tested = folds[f], chosenBy = options.Patience > 0 ? folds[(f + 1) % folds.Length] : tested;
            int[] test = [.. all.Where(i => sounds.Fold(i) == tested)], validation = chosenBy == tested ? [] : [.. all.Where(i => sounds.Fold(i) == chosenBy)];
            int[] training = [.. all.Where(i => sounds.Fold(i) != tested && sounds.Fold(i) != chosenBy)];
            using var run = new HeadRun(options, Classifier(), sounds, training, vectors);
            if (!run.Run(Path.Combine(folder, $"fold-{tested}"), validation, progress, cancellation))
            {
                throw new OperationCanceledException(cancellation);
            }
            figures.Add(Classification.Measure(run.Scores(test), [.. test.Select(i => sounds.Target(i).IndexOf(1f))], sounds.Classes));
            progress?.WriteLine($"fold {tested}: {training.Length:N0} sounds to learn from, accuracy on {test.Length:N0} others {figures[^1].Accuracy:P1}");
        }
        return new KFoldFigures(folds, figures) { Chosen = options.Patience > 0 };

        SoundClassifier Classifier() => new(
            options.Scope == HeadScope.Probe ? tower : new AudioTower(tower.Parameters.Clone(), tower.Shape), sounds.Classes.Count, options.Input);
    }

    private static void Check(HeadOptions options, ILabelledSounds sounds, int[] all, string[] folds)
    {
        int needed = options.Patience > 0 ? 3 : 2;
        string? torn = all.GroupBy(sounds.Recording).FirstOrDefault(g => g.Select(sounds.Fold).Distinct().Count() > 1)?.Key;
        int odd = Array.FindIndex(all, i => sounds.Target(i).Length - sounds.Target(i).Count(0f) != 1);
        string? wrong =
            folds.Contains("") ? $"{all.Count(i => sounds.Fold(i).Length == 0)} of {all.Length} sounds have no fold"
            : folds.FirstOrDefault(f => !f.All(char.IsLetterOrDigit)) is { } name ? $"the fold '{name}' gives a folder its name, so it must be of letters and digits"
            : folds.Length < needed ? $"{folds.Length} folds were found, {needed} are needed"
            : torn is not null ? $"'{torn}' is in several folds, so a classifier would be tested on what it has learned"
            : odd >= 0 ? $"sound {odd} has not exactly one label"
            : null;
        if (wrong is not null)
        {
            throw new ArgumentException($"No cross validation: {wrong}.", nameof(sounds));
        }
    }
}
