using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Indexer.Freesound;

/// <summary>Records of a CSV file (RFC 4180: quoted fields may hold commas, line breaks and doubled quotes), one at a time.</summary>
internal sealed class CsvRecords(TextReader reader, string path)
{
    private const int MaxRecord = 16 << 20;

    private readonly StringBuilder field = new();

    /// <summary>Line where the last record began, from 1.</summary>
    public long Line { get; private set; }

    private long line = 1;

    /// <summary>The next record's fields, blank lines left out; null at the end.</summary>
    /// <exception cref="FileFormatException">A quote is never closed, or a record has no end.</exception>
    public List<string>? Read()
    {
        List<string> fields = [];
        bool quoted = false, any = false;
        int length = 0;
        Line = line;
        field.Clear();
        for (int c; (c = reader.Read()) >= 0;)
        {
            if (++length > MaxRecord)
            {
                throw Bad($"records of at most {MaxRecord} characters", "a longer one; is a quote never closed?");
            }
            any = true;
            if (c == '"' && (quoted || field.Length == 0))
            {
                if (quoted && reader.Peek() == '"')
                {
                    field.Append((char)reader.Read());
                }
                else
                {
                    quoted = !quoted;
                }
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (c == '\n' && !quoted)
            {
                line++;
                if (fields.Count == 0 && string.IsNullOrWhiteSpace(field.ToString()))
                {
                    (any, Line) = (false, line); // a blank line
                    field.Clear();
                    continue;
                }
                return Done(fields);
            }
            else
            {
                line += c == '\n' ? 1 : 0;
                field.Append((char)c);
            }
        }
        if (quoted)
        {
            throw Bad("a quote at the end of the field", "the end of the file");
        }
        return any ? Done(fields) : null;
    }

    private List<string> Done(List<string> fields)
    {
        string last = field.ToString();
        fields.Add(last.EndsWith('\r') ? last[..^1] : last);
        return fields;
    }

    private FileFormatException Bad(string expected, string actual) =>
        new(path, 0, $"{expected} (record of line {Line})", actual, "Write the file again, with quotes doubled inside of quoted fields.");
}
