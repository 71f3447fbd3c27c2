using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>A line of AudioSet's tables of segments (# YTID, start_seconds, end_seconds, positive_labels), as Google publishes them.</summary>
/// <param name="Id">Of the video.</param>
/// <param name="Start">Whole second of the video where the segment begins.</param>
/// <param name="Labels">Identifiers ("/m/0dgw9").</param>
/// <param name="Line">From 1.</param>
internal sealed record AudioSetSegment(string Id, string Start, string[] Labels, int Line)
{
    internal const string Remedy = "Fetch the table again; it is Google's, as published.";

    /// <summary>Names, without extension, under which copies keep the segment, in the order in which they are looked for.</summary>
    public string[] Names => NamesOf(Id, Start);

    /// <summary>The same of an id and a second, as AudioCaps has them too.</summary>
    public static string[] NamesOf(string id, string start) => [$"{id}_{start}", id, $"Y{id}_{start}", $"Y{id}"];

    /// <exception cref="FileFormatException">A line is no segment.</exception>
    public static IEnumerable<AudioSetSegment> Read(string path)
    {
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.StartsWith('#') || string.IsNullOrWhiteSpace(line))
            {
                continue;
            }
            string[] fields = line.Split(',', 4, StringSplitOptions.TrimEntries);
            string[] labels = fields.Length < 4 ? [] : [.. fields[3].Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            yield return fields.Length == 4
                ? new AudioSetSegment(fields[0], fields[1].Split('.')[0], labels, number)
                : throw new FileFormatException(path, 0, $"id, start, end and labels in line {number}", $"{fields.Length} fields", Remedy);
        }
    }
}
