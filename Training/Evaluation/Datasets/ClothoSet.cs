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
        List<EvaluationClip> clips = [];
        List<string> missing = [];
        foreach (ClothoClip clip in ClothoClip.Read(files.Table($"clotho_captions_{official}.csv", $"clotho_{shortNames.GetValueOrDefault(official, official)}.csv")))
        {
            if (files.Named(clip.FileName, official) is { } path)
            {
                clips.Add(new EvaluationClip(path, clip.Captions, [], 0));
            }
            else
            {
                missing.Add(clip.FileName);
            }
        }
        return files.Set($"Clotho {official}", clips, [], missing);
    }
}
