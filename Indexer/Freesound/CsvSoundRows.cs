using System.Globalization;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>
/// CSV with a header line. The vector stands in one column under a known name, its numbers separated by anything but digits
/// ("[0.1, 0.2]"), or in columns that a number ends ("clap_0", "clap_1", ... or "0", "1", ...).
/// </summary>
public sealed class CsvSoundRows : ISoundRows
{
    private static readonly char[] between = ['[', ']', '(', ')', ',', ';', ' ', '\t', '\r', '\n'];

    private readonly string path;
    private readonly FileStream stream;

    public CsvSoundRows(string path) => (this.path, stream) = (path, File.OpenRead(path));

    public long Length => stream.Length;

    public long Position => stream.Position;

    public IEnumerable<SoundRow> Rows()
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, bufferSize: 1 << 16, leaveOpen: true);
        var records = new CsvRecords(reader, path);
        List<string> header = records.Read() ?? throw Bad("a header line", "an empty file");
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < header.Count; i++)
        {
            columns.TryAdd(header[i].Trim(), i);
        }
        if (!SoundFields.Id.Concat(SoundFields.Url).Any(columns.ContainsKey))
        {
            throw Bad($"a column '{SoundFields.Id[0]}' or '{SoundFields.Url[0]}'", string.Join(", ", header.Take(20)));
        }
        int vector = SoundFields.Vector.Where(columns.ContainsKey).Select(name => columns[name]).FirstOrDefault(-1);
        int[] numbered = vector >= 0 ? [] : Numbered(header);
        while (records.Read() is { } fields)
        {
            yield return fields.Count != header.Count
                ? new SoundRow(records.Line, null, $"{fields.Count} fields, the header has {header.Count}")
                : SoundFields.Make(
                    records.Line, names => names.Where(columns.ContainsKey).Select(name => fields[columns[name]]).FirstOrDefault(),
                    vector >= 0 ? Numbers(fields[vector]) : numbered.Length > 0 ? [.. numbered.Select(c => Number(fields[c]))] : null);
        }
    }

    public void Dispose() => stream.Dispose();

    // The longest run of columns PREFIX0, PREFIX1, ... (or from 1).
    private static int[] Numbered(List<string> header)
    {
        int[] longest = [];
        for (int i = 0; i < header.Count; i++)
        {
            string name = header[i].Trim(), prefix = name.TrimEnd("0123456789".ToCharArray());
            if (!int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int first) || first > 1)
            {
                continue;
            }
            int count = 1;
            while (i + count < header.Count && header[i + count].Trim() == string.Create(CultureInfo.InvariantCulture, $"{prefix}{first + count}"))
            {
                count++;
            }
            longest = count > longest.Length && count > 1 ? [.. Enumerable.Range(i, count)] : longest;
        }
        return longest;
    }

    private static float[]? Numbers(string text) =>
        text.Split(between, StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts ? [.. parts.Select(Number)] : null;

    private static float Number(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) ? number : float.NaN;

    private FileFormatException Bad(string expected, string actual) =>
        new(path, 0, expected, actual, "Use a CSV file with a header line: id, name, ..., and the vector's column or columns.");
}
