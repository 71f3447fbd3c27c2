namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>AudioCaps (Kim et al. 2019): captions of ten-second clips of YouTube videos, five each in test and val.</summary>
public static class AudioCapsSet
{
    public const string Layout =
        "test.csv (audiocap_id, youtube_id, start_time, caption; also train.csv, val.csv, or audiocaps_test.csv ...), and the ten-second sounds in any folder below, named YOUTUBE_ID.wav, YOUTUBE_ID_START.wav or with a Y before the id, in any sound format.";

    /// <exception cref="DatasetException">Table or sounds are missing.</exception>
    public static EvaluationSet Read(string folder, string split)
    {
        var files = new DatasetFolder(folder, Layout);
        List<EvaluationClip> clips = [];
        List<string> missing = [];
        foreach (AudioCapsClip clip in AudioCapsClip.Read(files.Table($"{split}.csv", $"audiocaps_{split}.csv", $"dataset/{split}.csv")))
        {
            if (files.WithStem(split, clip.Names) is { } path)
            {
                clips.Add(new EvaluationClip(path, clip.Captions, [], 0));
            }
            else
            {
                missing.Add(clip.Id);
            }
        }
        return files.Set($"AudioCaps {split}", clips, [], missing);
    }
}
