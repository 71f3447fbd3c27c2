using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>Clotho (Drossos et al. 2020): 15 to 30 s of Freesound with five captions each.</summary>
public static class ClothoSet
{
    public const string Layout =
        "clotho_captions_evaluation.csv (file_name, caption_1 ... caption_5; also development, validation), and the sounds in evaluation/ under their file names.";

    private static readonly Dictionary<string, string> shortNames = new() { ["evaluation"] = "test", ["validation"] = "val", ["development"] = "train" };

    /// <exception cref="DatasetException">Table or sounds are missing.</exception>
    public static EvaluationSet Read(string folder, string split)
    {
        var files = new DatasetFolder(folder, Layout);
        string official = shortNames.FirstOrDefault(s => s.Value == split).Key ?? split;
        CsvTable table = files.Table($"clotho_captions_{official}.csv", $"clotho_{shortNames.GetValueOrDefault(official, official)}.csv");
        table.Require("file_name");
        table.Require("caption_1");
        List<EvaluationClip> clips = [];
        List<string> missing = [];
        for (int i = 0; i < table.Count; i++)
        {
            string name = table[i, "file_name"];
            if (files.Named(name, official) is { } path)
            {
                int row = i;
                clips.Add(new EvaluationClip(path, [.. Enumerable.Range(1, 5).Select(c => table[row, $"caption_{c}"]).Where(c => c.Length > 0)], [], 0));
            }
            else
            {
                missing.Add(name);
            }
        }
        return files.Set($"Clotho {official}", clips, [], missing);
    }
}
