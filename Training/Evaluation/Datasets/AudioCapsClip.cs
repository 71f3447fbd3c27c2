using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>A clip of AudioCaps' tables (audiocap_id, youtube_id, start_time, caption), which have a row for each of its captions.</summary>
/// <param name="Id">Of the video.</param>
/// <param name="Start">Whole second of the video where the clip begins.</param>
/// <param name="Captions">At least one.</param>
/// <param name="Line">Of its first row, from 1.</param>
internal sealed record AudioCapsClip(string Id, string Start, string[] Captions, int Line)
{
    /// <summary>Names, without extension, under which copies keep the clip, in the order in which they are looked for.</summary>
    public string[] Names => AudioSetSegment.NamesOf(Id, Start);

    /// <exception cref="Engine.Formats.FileFormatException">A column is missing.</exception>
    public static IEnumerable<AudioCapsClip> Read(CsvTable table)
    {
        Array.ForEach(["youtube_id", "start_time", "caption"], table.Require);
        return Enumerable.Range(0, table.Count).GroupBy(i => (Id: table[i, "youtube_id"], Start: table[i, "start_time"]))
            .Select(clip => new AudioCapsClip(clip.Key.Id, clip.Key.Start, [.. clip.Select(i => table[i, "caption"])], table.Line(clip.First())));
    }
}
