using System.Globalization;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>Single-label sets with a table of file, class and fold: ESC-50, UrbanSound8K, and our own manifests.</summary>
internal static class LabelledTable
{
    /// <param name="files">The set's folder.</param>
    /// <param name="name">For people.</param>
    /// <param name="table">A row per clip.</param>
    /// <param name="label">Column of the class; rows without one are left out.</param>
    /// <param name="fold">Column of the fold.</param>
    /// <param name="recording">Column of what a clip was cut from; "" where the set has none.</param>
    /// <param name="pathOf">The sound of a row, or null.</param>
    /// <param name="include">Rows that belong to the set.</param>
    public static EvaluationSet Read(
        DatasetFolder files, string name, CsvTable table, string label, string fold, string recording, Func<int, string?> pathOf, Func<int, bool>? include = null)
    {
        table.Require(label);
        List<EvaluationClip> clips = [];
        List<string> missing = [];
        for (int i = 0; i < table.Count; i++)
        {
            // "chirping_birds" is a name for programs; people, and towers, read "chirping birds".
            string words = table[i, label].Replace('_', ' ').Trim();
            if (words.Length == 0 || !(include?.Invoke(i) ?? true))
            {
                continue;
            }
            if (pathOf(i) is { } path)
            {
                int number = int.TryParse(table[i, fold], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
                clips.Add(new EvaluationClip(path, [], [words], number) { Recording = table[i, recording] });
            }
            else
            {
                missing.Add($"line {table.Line(i)}");
            }
        }
        return files.Set(name, clips, [.. clips.Select(c => c.Labels[0]).Distinct().Order(StringComparer.Ordinal)], missing);
    }
}
