using SoundSearch.Engine.Audio;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>
/// A data set's folder: its tables, and its sounds by name. Names from tables are only looked up among the files that are there,
/// so no table can lead out of the folder.
/// </summary>
internal sealed class DatasetFolder
{
    private readonly string folder, layout;
    private readonly ILookup<string, string> byName, byStem;

    /// <param name="folder">The set's folder.</param>
    /// <param name="layout">For messages: what belongs into it.</param>
    /// <exception cref="DatasetException">There is no such folder.</exception>
    public DatasetFolder(string folder, string layout)
    {
        (this.folder, this.layout) = (folder, layout);
        if (!Directory.Exists(folder))
        {
            throw Missing("the folder does not exist");
        }
        string[] sounds = [.. SoundFiles.In(folder)];
        byName = sounds.ToLookup(s => Path.GetFileName(s), StringComparer.Ordinal);
        byStem = sounds.ToLookup(s => Path.GetFileNameWithoutExtension(s), StringComparer.Ordinal);
    }

    /// <summary>Path of the first of these files that is there.</summary>
    public string File(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            string path = Path.Combine(folder, name);
            if (System.IO.File.Exists(path))
            {
                return path;
            }
        }
        throw Missing($"there is no {string.Join(" or ", names.ToArray())}");
    }

    public CsvTable Table(params ReadOnlySpan<string> names) => CsvTable.Read(File(names));

    /// <summary>The sound of that file name, in a folder of the given name if there are several.</summary>
    public string? Named(string name, string preferred = "") => Choose(byName[name], preferred);

    /// <summary>The same by name without extension: the first of these that is there.</summary>
    public string? WithStem(string preferred, params ReadOnlySpan<string> stems)
    {
        foreach (string stem in stems)
        {
            if (Choose(byStem[stem], preferred) is { } path)
            {
                return path;
            }
        }
        return null;
    }

    /// <summary>The set, if it has a sound at all.</summary>
    /// <exception cref="DatasetException">None of the listed sounds is there.</exception>
    public EvaluationSet Set(string name, IReadOnlyList<EvaluationClip> clips, IReadOnlyList<string> classes, IReadOnlyList<string> missing) =>
        clips.Count > 0 ? new EvaluationSet(name, clips, classes, missing) : throw Missing($"none of its {missing.Count:N0} sounds is there");

    private static string? Choose(IEnumerable<string> paths, string preferred) =>
        paths.FirstOrDefault(p => Path.GetFileName(Path.GetDirectoryName(p)) == preferred) ?? paths.FirstOrDefault();

    private DatasetException Missing(string what) => new($"{folder}: {what}. Expected there: {layout}");
}
