using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Data;

/// <summary>A small CSV file with a header line (RFC 4180: quoted fields may hold commas, line breaks and doubled quotes), wholly in memory.</summary>
public sealed class CsvTable
{
    private readonly string path;
    private readonly Dictionary<string, int> columns = [];
    private readonly List<(int Line, string[] Fields)> rows = [];

    private CsvTable(string path, string text)
    {
        this.path = path;
        int position = 0, line = 1;
        if (text.Length == 0)
        {
            throw Bad(1, "a header line", "an empty file");
        }
        string[] header = Record(text, ref position, ref line);
        for (int i = 0; i < header.Length; i++)
        {
            columns[header[i].Trim()] = i;
        }
        while (position < text.Length)
        {
            int start = line;
            string[] fields = Record(text, ref position, ref line);
            if (fields is [""])
            {
                continue; // a blank line
            }
            if (fields.Length != header.Length)
            {
                throw Bad(start, $"{header.Length} fields", $"{fields.Length}");
            }
            rows.Add((start, fields));
        }
    }

    /// <summary>Rows below the header.</summary>
    public int Count => rows.Count;

    /// <exception cref="FileFormatException">A row's length differs from the header's, or a quote is never closed.</exception>
    public static CsvTable Read(string path) => new(path, File.ReadAllText(path, Encoding.UTF8));

    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>A field by row and column name; "" where the file has no such column.</summary>
    public string this[int row, string column] => columns.TryGetValue(column, out int i) ? rows[row].Fields[i] : "";

    /// <summary>Line of the file where the row begins, from 1.</summary>
    public int Line(int row) => rows[row].Line;

    /// <exception cref="FileFormatException">The column is missing.</exception>
    public void Require(string column)
    {
        if (!Has(column))
        {
            throw Bad(1, $"a column '{column}'", string.Join(", ", columns.Keys));
        }
    }

    /// <summary>A field as it stands in a file: in quotes where it must be.</summary>
    internal static string Quote(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string[] Record(string text, ref int position, ref int line)
    {
        List<string> fields = [];
        var field = new StringBuilder();
        int start = line;
        bool quoted = false;
        for (; position < text.Length; position++)
        {
            char c = text[position];
            if (quoted && c == '"' && position + 1 < text.Length && text[position + 1] == '"')
            {
                field.Append(c);
                position++;
            }
            else if (c == '"' && (quoted || field.Length == 0))
            {
                quoted = !quoted;
            }
            else if (!quoted && c == ',')
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (!quoted && c == '\n')
            {
                position++;
                line++;
                break;
            }
            else if (quoted || c != '\r')
            {
                line += c == '\n' ? 1 : 0;
                field.Append(c);
            }
        }
        fields.Add(field.ToString());
        return quoted ? throw Bad(start, "a closing quote", "the end of the file") : [.. fields];
    }

    private FileFormatException Bad(int line, string expected, string actual) =>
        new(path, 0, $"{expected} in line {line}", actual, "Correct the table, or export it again as CSV.");
}
