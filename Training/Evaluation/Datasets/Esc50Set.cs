using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>ESC-50 (Piczak 2015): 2,000 clips of 5 s, 50 classes, five folds.</summary>
public static class Esc50Set
{
    public const string Layout = "meta/esc50.csv (filename, fold, target, category, esc10, src_file, take) and audio/*.wav, as in the repository karolpiczak/ESC-50.";

    /// <exception cref="DatasetException">Table or sounds are missing.</exception>
    public static EvaluationSet Read(string folder)
    {
        var files = new DatasetFolder(folder, Layout);
        CsvTable table = files.Table("meta/esc50.csv", "esc50.csv");
        table.Require("filename");
        return LabelledTable.Read(files, "ESC-50", table, "category", "fold", "src_file", i => files.Named(table[i, "filename"], "audio"));
    }
}
