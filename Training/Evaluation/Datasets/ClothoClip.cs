using SoundSearch.Training.Data;

namespace SoundSearch.Training.Evaluation.Datasets;

/// <summary>A row of Clotho's tables (file_name, caption_1 ... caption_5).</summary>
/// <param name="FileName">Of the sound.</param>
/// <param name="Captions">Five, or those that are not empty.</param>
/// <param name="Line">From 1.</param>
internal sealed record ClothoClip(string FileName, string[] Captions, int Line)
{
    private static readonly string[] columns = ["caption_1", "caption_2", "caption_3", "caption_4", "caption_5"];

    /// <exception cref="Engine.Formats.FileFormatException">A column is missing.</exception>
    public static IEnumerable<ClothoClip> Read(CsvTable table)
    {
        Array.ForEach(["file_name", columns[0]], table.Require);
        return Enumerable.Range(0, table.Count).Select(i => new ClothoClip(table[i, "file_name"], [.. columns.Select(c => table[i, c]).Where(c => c.Length > 0)], table.Line(i)));
    }
}
