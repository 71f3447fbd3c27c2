namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>A data set, or one split of it, as found on disk in its official layout.</summary>
/// <param name="Name">For people: "AudioCaps test".</param>
/// <param name="Clips">Those whose sound is there.</param>
/// <param name="Classes">All classes of the set in its own order; empty for captioned sets.</param>
/// <param name="Missing">Names of clips that the set lists and the folder lacks (videos that are gone, as a rule).</param>
public sealed record EvaluationSet(string Name, IReadOnlyList<EvaluationClip> Clips, IReadOnlyList<string> Classes, IReadOnlyList<string> Missing)
{
    /// <summary>True if each clip has exactly one class.</summary>
    public bool SingleLabel => Classes.Count > 0 && Clips.All(c => c.Labels.Count == 1);

    /// <summary>Class numbers of a clip.</summary>
    public IReadOnlyList<int> ClassesOf(EvaluationClip clip)
    {
        numbers ??= Classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i, StringComparer.Ordinal);
        return [.. clip.Labels.Select(l => numbers[l])];
    }

    private Dictionary<string, int>? numbers;
}
