using System.Text;

namespace SoundSearch.Training.Text;

/// <summary>Rows of comma-separated values (RFC 4180): quoted fields may hold commas, doubled quotes and line ends.</summary>
internal static class CsvRows
{
    public static IEnumerable<string[]> Read(TextReader reader)
    {
        List<string> row = [];
        var field = new StringBuilder();
        bool quoted = false, any = false;
        for (int c = reader.Read(); c >= 0; c = reader.Read())
        {
            any = true;
            switch ((char)c)
            {
                case '"' when quoted && reader.Peek() == '"':
                    field.Append((char)reader.Read());
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case ',' when !quoted:
                    row.Add(field.ToString());
                    field.Clear();
                    break;
                case '\r' when !quoted && reader.Peek() == '\n':
                    break;
                case '\n' when !quoted:
                    row.Add(field.ToString());
                    field.Clear();
                    yield return [.. row];
                    row.Clear();
                    any = false;
                    break;
                default:
                    field.Append((char)c);
                    break;
            }
        }
        if (any)
        {
            row.Add(field.ToString());
            yield return [.. row];
        }
    }
}
