using System.Text.Json;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Training.Clips;

/// <summary>
/// The clips of a folder: all its videos, or what a table lists. Files are only looked up among those that are there, links and hidden
/// ones left out, so no table can lead out of the folder. Three kinds of table are told apart by their first line:
/// AudioSet's own (*_segments.csv), with the videos in any folder below; VIP-ANT's, a JSON object a line, {"id": "x", "dir": "d",
/// "clip": ["wav"], "frame": ["0.jpg", "1.jpg"], "labels": ["/m/a"]}, whose files are d/clip/x.wav and d/frame/x.0.jpg ("aclip" is as good
/// as "clip"); and paths in its place, {"clip": "a.mp4", "labels": ["dog"]} or {"clip": "a.wav", "frames": ["a1.png"], "labels": []}.
/// </summary>
public sealed class ClipFolder
{
    private const string Layout =
        "videos in any folder below; or an index, named in the recipe: AudioSet's *_segments.csv with videos named YTID.mp4 or YTID_START.mp4, or one JSON object a line with clip, frames and labels.";

    private readonly string folder;
    private readonly HashSet<string> files; // paths below the folder, with forward slashes

    /// <exception cref="DatasetException">There is no such folder.</exception>
    public ClipFolder(string folder)
    {
        this.folder = folder;
        if (!Directory.Exists(folder))
        {
            throw new DatasetException($"{folder}: the folder does not exist. Expected there: {Layout}");
        }
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint };
        files = Directory.EnumerateFiles(folder, "*", options).Select(f => Path.GetRelativePath(folder, f).Replace(Path.DirectorySeparatorChar, '/')).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Clips that the table lists, or all videos, by name.</summary>
    /// <param name="index">The table's path below the folder; empty: all videos.</param>
    /// <param name="missing">Gets the clips of the table whose files are not there.</param>
    /// <exception cref="DatasetException">There is no such table, or not one of its clips.</exception>
    /// <exception cref="FileFormatException">A line is damaged, or lists a clip again.</exception>
    public IReadOnlyList<ClipFile> Read(string index, ICollection<string> missing)
    {
        if (index.Length == 0)
        {
            ClipFile[] videos = [.. files.Where(IsVideo).Order(StringComparer.Ordinal).Select(f => new ClipFile(f, [], []))];
            return videos.Length > 0 ? videos : throw new DatasetException($"{folder}: there is no video. Expected there: {Layout}");
        }
        if (!files.Contains(index))
        {
            throw new DatasetException($"{folder}: there is no table '{index}'. Expected there: {Layout}");
        }
        string table = Path.Combine(folder, index);
        bool json = File.ReadLines(table).FirstOrDefault(l => !string.IsNullOrWhiteSpace(l))?.TrimStart().StartsWith('{') ?? false;
        HashSet<string> seen = new(StringComparer.Ordinal);
        List<ClipFile> clips = [];
        foreach ((int line, string name, ClipFile? clip) in json ? Objects(table) : Segments(table))
        {
            if (clip is null)
            {
                missing.Add(name);
            }
            else if (seen.Add(clip.Name))
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
        string split = Path.GetFileNameWithoutExtension(table).Replace("_segments", "", StringComparison.Ordinal);
        ILookup<string, string> byStem = files.Where(IsVideo).ToLookup(f => Path.GetFileNameWithoutExtension(f), StringComparer.Ordinal);
        foreach (AudioSetSegment segment in AudioSetSegment.Read(table))
        {
            // A folder of the table's name goes first: a video may be in several parts.
            string? name = segment.Names.SelectMany(n => byStem[n]).OrderBy(f => f.Split('/').Contains(split) ? 0 : 1).FirstOrDefault();
            yield return (segment.Line, segment.Id, name is null ? null : new ClipFile(name, [], segment.Labels));
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
                throw Bad(table, number, "an object with clip, frames and labels", e.Message);
            }
            string name = read.Sound ?? throw Bad(table, number, "'clip' (or 'aclip' with 'id')", line);
            string[] frames = [.. read.Pictures.Where(files.Contains)];
            bool whole = files.Contains(name) && (frames.Length > 0 || (read.Pictures.Count == 0 && IsVideo(name)));
            yield return (number, name, whole ? new ClipFile(name, frames, read.Labels) : null);
        }
    }

    private static bool IsVideo(string name) => AudioFile.VideoExtensions.Contains(Path.GetExtension(name));

    private static FileFormatException Bad(string table, int line, string expected, string actual) =>
        new(table, 0, $"{expected} in line {line}", actual, "Correct the table.");
}
