using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>AudioSet (Gemmeke et al. 2017): ten-second clips of YouTube videos with several of 527 labels each.</summary>
public static class AudioSetSet
{
    public const string Layout =
        "eval_segments.csv (# YTID, start_seconds, end_seconds, positive_labels; also balanced_train, unbalanced_train), class_labels_indices.csv (index, mid, display_name), and the sounds in any folder below, named YTID.wav, YTID_START.wav or with a Y before the id.";

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
        foreach (AudioSetSegment segment in AudioSetSegment.Read(path))
        {
            if (segment.Labels.FirstOrDefault(l => !names.ContainsKey(l)) is { } unknown)
            {
                throw new FileFormatException(path, 0, $"labels of class_labels_indices.csv in line {segment.Line}", unknown, AudioSetSegment.Remedy);
            }
            if (files.WithStem(split, segment.Names) is { } sound)
            {
                clips.Add(new EvaluationClip(sound, [], [.. segment.Labels.Select(l => names[l]).Distinct()], 0));
            }
            else
            {
                missing.Add(segment.Id);
            }
        }
        return files.Set($"AudioSet {split}", clips, [.. Enumerable.Range(0, classes.Count).Select(i => classes[i, "display_name"])], missing);
    }
}
