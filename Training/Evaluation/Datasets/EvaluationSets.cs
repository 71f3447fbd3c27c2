namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>The data sets by the names that the command line knows.</summary>
public static class EvaluationSets
{
    /// <summary>Name, default split ("" where there is none), layout.</summary>
    public static IReadOnlyList<(string Name, string Split, string Layout)> All { get; } =
    [
        ("audiocaps", "test", AudioCapsSet.Layout),
        ("clotho", "evaluation", ClothoSet.Layout),
        ("esc50", "", Esc50Set.Layout),
        ("us8k", "", UrbanSoundSet.Layout),
        ("audioset", "eval", AudioSetSet.Layout),
        ("manifest", "", ManifestSet.Layout),
    ];

    /// <param name="name">One of <see cref="All"/>.</param>
    /// <param name="folder">Where it lies.</param>
    /// <param name="split">Split, or the manifest's set; null for the default.</param>
    /// <exception cref="DatasetException">The data is not there.</exception>
    /// <exception cref="ArgumentException">Unknown name.</exception>
    public static EvaluationSet Read(string name, string folder, string? split) => (name, split) switch
    {
        // A split is part of a table's name and must not be part of its folder's.
        (_, not null) when split.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or ' ')) =>
            throw new ArgumentException($"'{split}' is no name of a split.", nameof(split)),
        ("audiocaps", _) => AudioCapsSet.Read(folder, split ?? "test"),
        ("clotho", _) => ClothoSet.Read(folder, split ?? "evaluation"),
        ("esc50", _) => Esc50Set.Read(folder),
        ("us8k", _) => UrbanSoundSet.Read(folder),
        ("audioset", _) => AudioSetSet.Read(folder, split ?? "eval"),
        ("manifest", _) => ManifestSet.Read(folder, split),
        _ => throw new ArgumentException($"There is no data set '{name}'; known are {string.Join(", ", All.Select(s => s.Name))}.", nameof(name)),
    };
}
