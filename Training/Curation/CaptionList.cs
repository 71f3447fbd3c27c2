using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Curation;

/// <summary>
/// Sounds and their texts as CSV with the columns path, caption and, optionally, cosine; a sound may have several lines. Made by
/// curation or by a captioner, read back after a person has corrected it.
/// </summary>
public static class CaptionList
{
    private const string Remedy = "Correct the line, or delete the file to have it made again.";

    /// <exception cref="FileFormatException">A column is missing, there is no line, or a line has an unknown path, no caption, or a cosine that is none.</exception>
    /// <param name="path">The file.</param>
    /// <param name="known">Whether there is a sound of this path.</param>
    public static IReadOnlyList<CaptionLine> Read(string path, Func<string, bool> known)
    {
        var table = CsvTable.Read(path);
        table.Require("path");
        table.Require("caption");
        List<CaptionLine> lines = [];
        for (int i = 0; i < table.Count; i++)
        {
            string sound = table[i, "path"], caption = table[i, "caption"].Trim(), cosine = table[i, "cosine"].Trim();
            if (!known(sound))
            {
                throw new FileFormatException(path, 0, $"the path of a sound in line {table.Line(i)}", $"'{sound}', which the stores do not have", Remedy);
            }
            if (caption.Length == 0)
            {
                throw new FileFormatException(path, 0, $"a caption in line {table.Line(i)}", "none", Remedy);
            }
            double value = 0;
            if (cosine.Length > 0 && !double.TryParse(cosine, CultureInfo.InvariantCulture, out value))
            {
                throw new FileFormatException(path, 0, $"a cosine, or nothing, in line {table.Line(i)}", $"'{cosine}'", Remedy);
            }
            lines.Add(new CaptionLine(sound, caption, cosine.Length > 0 ? value : null));
        }
        return lines.Count > 0 ? lines : throw new FileFormatException(path, 0, "lines with a path and a caption", "only a header", Remedy);
    }

    public static void Write(string path, IEnumerable<CaptionLine> lines)
    {
        var csv = new StringBuilder("path,caption,cosine\n");
        foreach (CaptionLine line in lines)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{CsvTable.Quote(line.Path)},{CsvTable.Quote(line.Caption)},{line.Cosine:0.000}\n");
        }
        File.WriteAllText(path + ".tmp", csv.ToString());
        File.Move(path + ".tmp", path, overwrite: true);
    }

    /// <summary>Few-shot: a number of the lines, in the order of a hash, so that those of a smaller number are among those of a larger one.</summary>
    /// <param name="lines">All of them; copies count once.</param>
    /// <param name="pairs">How many; 0: all.</param>
    /// <param name="seed">Another one chooses others.</param>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public static IReadOnlyList<CaptionLine> Subset(IReadOnlyList<CaptionLine> lines, int pairs, ulong seed)
    {
        CaptionLine[] distinct = [.. lines.DistinctBy(l => (l.Path, l.Caption))];
        return pairs == 0 ? distinct
            : pairs <= distinct.Length ? [.. distinct.OrderBy(l => Order(l, seed)).Take(pairs)]
            : throw new ArgumentException($"The recipe asks for {pairs:N0} 'pairs', the list has {distinct.Length:N0}.", nameof(pairs));
    }

    private static ulong Order(CaptionLine line, ulong seed) =>
        BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}\n{line.Path}\n{line.Caption}"))));
}
