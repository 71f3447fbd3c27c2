using System.Text.Json;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Training.Clips;

/// <summary>
/// The clips of a folder: all its videos (and sounds, if no frames are needed), or what a table lists. Files are only looked up among those that are there, links and hidden
/// ones left out, so no table can lead out of the folder. Tables are told apart by their first line: AudioSet's own (*_segments.csv);
/// AudioCaps' (youtube_id, start_time, caption); Clotho's (file_name, caption_1 ... caption_5); VIP-ANT's, a JSON object a line, {"id": "x",
/// "dir": "d", "clip": ["wav"], "frame": ["0.jpg", "1.jpg"], "labels": ["/m/a"]}, whose files are d/clip/x.wav and d/frame/x.0.jpg ("aclip"
/// is as good as "clip"); and paths in its place, {"clip": "a.mp4", "labels": ["dog"], "captions": ["A dog barks"]} or {"clip": "a.wav", "frames": ["a1.png"]}.
/// </summary>
public sealed class ClipFolder
{
    private const string Layout =
        "videos in any folder below; or an index, named in the recipe: AudioSet's *_segments.csv or AudioCaps' train.csv with files named YTID.mp4 or YTID_START.mp4, Clotho's captions, or one JSON object a line with clip, frames, labels and captions.";

    private readonly string folder;
    private readonly bool seen;
    private readonly HashSet<string> files; // paths below the folder, with forward slashes

    /// <param name="folder">Of all files.</param>
    /// <param name="seen">Whether a clip needs frames; without, sounds are clips too.</param>
    /// <exception cref="DatasetException">There is no such folder.</exception>
    public ClipFolder(string folder, bool seen = true)
    {
        (this.folder, this.seen) = (folder, seen);
        if (!Directory.Exists(folder))
        {
            throw new DatasetException($"{folder}: the folder does not exist. Expected there: {Layout}");
        }
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };
        files = Directory.EnumerateFiles(folder, "*", options).Select(f => Path.GetRelativePath(folder, f).Replace(Path.DirectorySeparatorChar, '/')).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Clips that the table lists, in its order, or all there are, by name.</summary>
    /// <param name="index">The table's path below the folder; empty: all videos, and sounds where these are clips.</param>
    /// <param name="missing">Gets the clips of the table whose files are not there.</param>
    /// <exception cref="DatasetException">There is no such table, or not one of its clips.</exception>
    /// <exception cref="FileFormatException">A line is damaged, or lists a clip again.</exception>
    public IReadOnlyList<ClipFile> Read(string index, ICollection<string> missing)
    {
        if (index.Length == 0)
        {
            ClipFile[] all = [.. files.Where(IsClip).Order(StringComparer.Ordinal).Select(f => new ClipFile(f, [], [], []))];
            return all.Length > 0 ? all : throw new DatasetException($"{folder}: there is no video{(seen ? "" : " and no sound")}. Expected there: {Layout}");
        }
        if (!files.Contains(index))
        {
            throw new DatasetException($"{folder}: there is no table '{index}'. Expected there: {Layout}");
        }
        string table = Path.Combine(folder, index), first = File.ReadLines(table).FirstOrDefault(l => !string.IsNullOrWhiteSpace(l)) ?? "";
        IEnumerable<(int Line, string Name, ClipFile? Clip)> lines =
            first.TrimStart().StartsWith('{') ? Objects(table)
            : first.Contains("youtube_id", StringComparison.Ordinal) ? AudioCaps(table)
            : first.Contains("file_name", StringComparison.Ordinal) ? Clotho(table)
            : Segments(table);
        HashSet<string> listed = new(StringComparer.Ordinal);
        List<ClipFile> clips = [];
        foreach ((int line, string name, ClipFile? clip) in lines)
        {
            if (clip is null)
            {
                missing.Add(name);
            }
            else if (listed.Add(clip.Name))
            {
                clips.Add(clip);
            }
            else
            {
                throw Bad(table, line, "a clip that no line before lists", clip.Name);
            }
        }
        return clips.Count > 0 ? clips : throw new DatasetException($"{table}: none of its {missing.Count:N0} clips is there{(missing.Count > 0 ? $", the first is {missing.First()}" : "")}. Expected beside it: {Layout}");
    }

    private IEnumerable<(int Line, string Name, ClipFile? Clip)> Segments(string table)
    {
        Func<string[], string?> find = ByStem(Path.GetFileNameWithoutExtension(table).Replace("_segments", "", StringComparison.Ordinal));
        Dictionary<string, string> words = Classes(Path.Combine(Path.GetDirectoryName(table)!, "class_labels_indices.csv"));
        foreach (AudioSetSegment segment in AudioSetSegment.Read(table))
        {
            yield return (segment.Line, segment.Id, find(segment.Names) is { } name ? new ClipFile(name, [], [.. segment.Labels.Select(l => words.GetValueOrDefault(l, l))], []) : null);
        }
    }

    /// <summary>Words for AudioSet's identifiers, where the table of classes is there.</summary>
    private static Dictionary<string, string> Classes(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }
        var table = CsvTable.Read(path);
        Array.ForEach(["mid", "display_name"], table.Require);
        return Enumerable.Range(0, table.Count).DistinctBy(i => table[i, "mid"]).ToDictionary(i => table[i, "mid"], i => table[i, "display_name"], StringComparer.Ordinal);
    }

    private IEnumerable<(int Line, string Name, ClipFile? Clip)> AudioCaps(string path)
    {
        Func<string[], string?> find = ByStem(Path.GetFileNameWithoutExtension(path));
        foreach (AudioCapsClip clip in AudioCapsClip.Read(CsvTable.Read(path)))
        {
            yield return (clip.Line, clip.Id, find(clip.Names) is { } name ? new ClipFile(name, [], [], clip.Captions) : null);
        }
    }

    private IEnumerable<(int Line, string Name, ClipFile? Clip)> Clotho(string path)
    {
        string split = Path.GetFileNameWithoutExtension(path).Split('_')[^1];
        ILookup<string, string> byName = files.Where(IsClip).ToLookup(f => Path.GetFileName(f), StringComparer.Ordinal);
        foreach (ClothoClip clip in ClothoClip.Read(CsvTable.Read(path)))
        {
            yield return (clip.Line, clip.FileName, Preferred(byName[clip.FileName], split) is { } name ? new ClipFile(name, [], [], clip.Captions) : null);
        }
    }

    private IEnumerable<(int Line, string Name, ClipFile? Clip)> Objects(string table)
    {
        int number = 0;
        foreach (string line in File.ReadLines(table))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            IndexLine read;
            try
            {
                read = JsonSerializer.Deserialize<IndexLine>(line, IndexLine.Options) ?? throw new JsonException("'null'");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a text with half a character, "\ud800"
            {
                throw Bad(table, number, "an object with clip, frames, labels and captions", e.Message);
            }
            string name = read.Sound ?? throw Bad(table, number, "'clip' (or 'aclip' with 'id')", "neither");
            string[] frames = [.. read.Pictures.Where(files.Contains)];
            bool whole = files.Contains(name) && (!seen || frames.Length > 0 || (read.Pictures.Count == 0 && IsVideo(name)));
            yield return (number, name, whole ? new ClipFile(name, frames, read.Labels, read.Captions) : null);
        }
    }

    /// <summary>The file of the first of some names without extension.</summary>
    private Func<string[], string?> ByStem(string split)
    {
        ILookup<string, string> byStem = files.Where(IsClip).ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal);
        return names => Preferred(names.SelectMany(n => byStem[n]), split);
    }

    // A folder of the split's name goes first: a video may be in several parts.
    private static string? Preferred(IEnumerable<string> names, string split) => names.OrderBy(f => f.Split('/').Contains(split) ? 0 : 1).FirstOrDefault();

    private bool IsClip(string name) => IsVideo(name) || (!seen && AudioFile.Extensions.Contains(Path.GetExtension(name)));

    private static bool IsVideo(string name) => AudioFile.VideoExtensions.Contains(Path.GetExtension(name));

    private static FileFormatException Bad(string table, int line, string expected, string actual) =>
        new(table, 0, $"{expected} in line {line}", actual, "Correct the table.");
}
