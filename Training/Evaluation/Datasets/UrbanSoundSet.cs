using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>UrbanSound8K (Salamon et al. 2014): 8,732 clips of up to 4 s, 10 classes, ten folds that must not be reshuffled.</summary>
public static class UrbanSoundSet
{
    public const string Layout = "metadata/UrbanSound8K.csv (slice_file_name, fsID, ..., fold, classID, class) and audio/fold1/ ... audio/fold10/, as in the published archive.";

    /// <exception cref="DatasetException">Table or sounds are missing.</exception>
    public static EvaluationSet Read(string folder)
    {
        var files = new DatasetFolder(folder, Layout);
        CsvTable table = files.Table("metadata/UrbanSound8K.csv", "UrbanSound8K.csv");
        table.Require("slice_file_name");
        return LabelledTable.Read(files, "UrbanSound8K", table, "class", "fold", "fsID", i => files.Named(table[i, "slice_file_name"], $"fold{table[i, "fold"]}"));
    }
}
