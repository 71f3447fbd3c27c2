using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>AudioSet (Gemmeke et al. 2017): ten-second clips of YouTube videos with several of 527 labels each.</summary>
public static class AudioSetSet
{
    public const string Layout =
        "eval_segments.csv (# YTID, start_seconds, end_seconds, positive_labels; also balanced_train, unbalanced_train), class_labels_indices.csv (index, mid, display_name), and the sounds in any folder below, named YTID.wav, YTID_START.wav or with a Y before the id.";

    private const string Remedy = "Fetch the table again; it is Google's, as published.";

    /// <exception cref="DatasetException">Tables or sounds are missing.</exception>
    /// <exception cref="FileFormatException">A line is no segment, or names a label that the class table lacks.</exception>
    public static EvaluationSet Read(string folder, string split)
    {
        var files = new DatasetFolder(folder, Layout);
        CsvTable classes = files.Table("class_labels_indices.csv");
        classes.Require("mid");
        classes.Require("display_name");
        Dictionary<string, string> names = Enumerable.Range(0, classes.Count).ToDictionary(i => classes[i, "mid"], i => classes[i, "display_name"], StringComparer.Ordinal);
        string path = files.File($"{split}_segments.csv");
        List<EvaluationClip> clips = [];
        List<string> missing = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            string[] fields = line.Split(',', 4, StringSplitOptions.TrimEntries);
            if (fields.Length < 4)
            {
                throw new FileFormatException(path, 0, $"id, start, end and labels in line {number}", line, Remedy);
            }
            string[] labels = [.. fields[3].Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            if (labels.FirstOrDefault(l => !names.ContainsKey(l)) is { } unknown)
            {
                throw new FileFormatException(path, 0, $"labels of class_labels_indices.csv in line {number}", unknown, Remedy);
            }
            string id = fields[0], start = fields[1].Split('.')[0];
            if (files.WithStem(split, $"{id}_{start}", id, $"Y{id}_{start}", $"Y{id}") is { } sound)
            {
                clips.Add(new EvaluationClip(sound, [], [.. labels.Select(l => names[l]).Distinct()], 0));
            }
            else
            {
                missing.Add(id);
            }
        }
        return files.Set($"AudioSet {split}", clips, [.. Enumerable.Range(0, classes.Count).Select(i => classes[i, "display_name"])], missing);
    }
}
