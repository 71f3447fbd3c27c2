using System.Globalization;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Training.Heads;

/// <summary>
/// Sounds with labels and folds for classifiers: a set of a folder with our manifest (<see cref="PackManifest"/>), or ESC-50 or
/// UrbanSound8K in its official layout, by the readers of the evaluation.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="Sources">The sounds, with label, fold and recording.</param>
/// <param name="OfficialFolds">How many folds the set's protocol has; 0 where nobody says so.</param>
/// <param name="Missing">How many more the set's table lists.</param>
public sealed record HeadSounds(string Name, IReadOnlyList<SoundSource> Sources, int OfficialFolds, int Missing)
{
    /// <summary>The sets that are known in their official layout, and their folds.</summary>
    public static IReadOnlyDictionary<string, int> Official { get; } = new Dictionary<string, int>(StringComparer.Ordinal) { ["esc50"] = 5, ["us8k"] = 10 };

    /// <param name="folder">A data set in its official layout, or a folder with data/audio and its manifest.csv.</param>
    /// <param name="set">The set's name: in the manifest, or of <see cref="Official"/>.</param>
    /// <exception cref="DatasetException">Neither is there, or the manifest has no such set; the message says what to put where.</exception>
    public static HeadSounds Read(string folder, string set)
    {
        string pack = Path.Combine(folder, "data", "audio"), manifest = Path.Combine(pack, "manifest.csv");
        if (!File.Exists(manifest))
        {
            return ReadOfficial(folder, set, $"Or a folder with {Path.GetRelativePath(folder, manifest)} (path, set, label, fold, ...).");
        }
        SoundSource[] chosen = [.. PackManifest.Read(pack).Where(s => s.Info.Set == set)];
        return chosen.Length > 0 ? new HeadSounds(set, chosen, 0, 0) : throw new DatasetException($"{manifest} has no sound of the set '{set}': name one that it has with --set.");
    }

    private static HeadSounds ReadOfficial(string folder, string set, string otherwise)
    {
        if (!Official.TryGetValue(set, out int folds))
        {
            throw new DatasetException($"{folder}: no layout of a set '{set}' is known, those of {string.Join(" and ", Official.Keys)} are. {otherwise}");
        }
        EvaluationSet found;
        try
        {
            found = EvaluationSets.Read(set, folder, null);
        }
        catch (DatasetException e)
        {
            throw new DatasetException($"{e.Message} {otherwise}");
        }
        return new HeadSounds(found.Name, [.. found.Clips.Select(c => Source(c, folder, set))], folds, found.Missing.Count);
    }

    private static SoundSource Source(EvaluationClip clip, string folder, string set)
    {
        string path = Path.GetRelativePath(folder, clip.Path).Replace(Path.DirectorySeparatorChar, '/');
        string fold = clip.Fold > 0 ? clip.Fold.ToString(CultureInfo.InvariantCulture) : "";
        return new SoundSource(new SoundInfo(path, set, clip.Labels[0], "", fold, "", "", clip.Recording.Length > 0 ? clip.Recording : path), clip.Path);
    }
}
