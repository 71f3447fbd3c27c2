using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>Labelled sounds of a folder with our manifest.csv (<see cref="PackManifest"/>): path, set, label, fold.</summary>
public static class ManifestSet
{
    public const string Layout = "manifest.csv (path, set, label, fold, ...) and the sounds at its paths.";

    /// <param name="folder">Holds manifest.csv.</param>
    /// <param name="subset">Only rows of this set; null for all that have a label.</param>
    /// <exception cref="DatasetException">Table or sounds are missing.</exception>
    public static EvaluationSet Read(string folder, string? subset)
    {
        var files = new DatasetFolder(folder, Layout);
        CsvTable table = files.Table("manifest.csv");
        table.Require("path");
        if (subset is not null && !Enumerable.Range(0, table.Count).Any(i => table[i, "set"] == subset))
        {
            throw new DatasetException(
                $"{folder}: manifest.csv has no set '{subset}'. It has: {string.Join(", ", Enumerable.Range(0, table.Count).Select(i => table[i, "set"]).Distinct())}.");
        }
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        return LabelledTable.Read(
            files, subset ?? "manifest", table, "label", "fold", "",
            i => Path.GetFullPath(Path.Combine(folder, table[i, "path"])) is { } path && path.StartsWith(root, StringComparison.Ordinal) && File.Exists(path) ? path : null,
            i => subset is null || table[i, "set"] == subset);
    }
}
