using System.Globalization;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>HTML's character references, as Python's html.unescape and ftfy resolve them. The names are an embedded table, read at first use.</summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;

    private static readonly Lazy<(Dictionary<string, string> Names, HashSet<string> Bare, Dictionary<string, string> Capitals)> table = new(Read);

    /// <summary>
    /// html.unescape: numeric references with or without a semicolon; names, and some old names without one, the longest that fits.
    /// </summary>
    public static string Unescape(string text)
    {
        int at = text.IndexOf('&');
        if (at < 0)
        {
            return text;
        }
        var result = new StringBuilder(text.Length).Append(text, 0, at);
        while (at < text.Length)
        {
            int used = text[at] == '&' ? Resolve(text, at, result) : 0;
            if (used == 0)
            {
                result.Append(text[at]);
                used = 1;
            }
            at += used;
        }
        return result.ToString();
    }

    /// <summary>
    /// Only references that end in a semicolon, but also names in capitals (&amp;EACUTE;), as ftfy does. With
    /// <paramref name="repeat"/> a reference that gives an ampersand is resolved again with what follows it.
    /// </summary>
    public static string UnescapeStrictly(string text, bool repeat)
    {
        int at = text.IndexOf('&');
        if (at < 0)
        {
            return text;
        }
        var result = new StringBuilder(text.Length).Append(text, 0, at);
        while (at < text.Length)
        {
            if (text[at] == '&' && StrictLength(text, at + 1) is int length and > 0 && Strict(text.AsSpan(at + 1, length - 1)) is string character)
            {
                at += 1 + length;
                while (repeat && character == "&" && StrictLength(text, at) is int more and > 0 && Strict(text.AsSpan(at, more - 1)) is string deeper)
                {
                    character = deeper;
                    at += more;
                }
                result.Append(character);
            }
            else
            {
                result.Append(text[at++]);
            }
        }
        return result.ToString();
    }

    // Length of "#?[0-9A-Za-z]{1,24};" at a position, 0 if it is not there.
    private static int StrictLength(string text, int start)
    {
        int i = start < text.Length && text[start] == '#' ? start + 1 : start;
        int first = i;
        while (i < text.Length && i - first <= 24 && char.IsAsciiLetterOrDigit(text[i]))
        {
            i++;
        }
        return i > first && i - first <= 24 && i < text.Length && text[i] == ';' ? i - start + 1 : 0;
    }

    private static string? Strict(ReadOnlySpan<char> name)
    {
        if (name[0] == '#')
        {
            int digits = NumberLength(name, out int value);

            // A reference that resolves to a semicolon, or not to its end, stays.
            string? character = digits == name.Length ? FromNumber(value) : null;
            return character == ";" ? null : character;
        }
        string key = name.ToString();
        return table.Value.Names.GetValueOrDefault(key) ?? table.Value.Capitals.GetValueOrDefault(key);
    }

    private static int Resolve(string text, int at, StringBuilder result)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at + 1);
        if (rest.Length > 0 && rest[0] == '#')
        {
            int digits = NumberLength(rest, out int value);
            if (digits == 0)
            {
                return 0;
            }
            result.Append(FromNumber(value));
            return 1 + digits + (digits < rest.Length && rest[digits] == ';' ? 1 : 0);
        }
        int end = rest.IndexOfAny("\t\n\f <&#;");
        int length = Math.Min(end < 0 ? rest.Length : end, LongestName);
        if (end == length && rest[end] == ';' && table.Value.Names.TryGetValue(rest[..length].ToString(), out string? known))
        {
            result.Append(known);
            return 1 + length + 1;
        }
        for (; length > 1; length--)
        {
            string name = rest[..length].ToString();
            if (table.Value.Bare.Contains(name))
            {
                result.Append(table.Value.Names[name]);
                return 1 + length;
            }
        }
        return 0;
    }

    // Characters of "#[0-9]+" or "#[xX][0-9a-fA-F]+", 0 if neither; a value beyond Unicode stays beyond.
    private static int NumberLength(ReadOnlySpan<char> text, out int value)
    {
        bool hex = text.Length > 1 && text[1] is 'x' or 'X';
        int first = hex ? 2 : 1;
        int i = first;
        value = 0;
        for (; i < text.Length && (hex ? char.IsAsciiHexDigit(text[i]) : char.IsAsciiDigit(text[i])); i++)
        {
            int digit = char.IsAsciiDigit(text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;
            value = Math.Min((value * (hex ? 16 : 10)) + digit, 0x110000);
        }
        return i > first ? i : 0;
    }

    private static string FromNumber(int value) => value switch
    {
        0 => "\uFFFD",
        '\r' => "\r",

        // HTML reads C1 as Windows-1252. Python's table keeps the five bytes that are not assigned there.
        >= 0x80 and <= 0x9F => TextRepairEncoding.Windows1252.UpperHalf[value - 0x80].ToString(),
        (>= 0xD800 and <= 0xDFFF) or > 0x10FFFF => "\uFFFD",
        (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF) => "",
        _ => (value & 0xFFFE) == 0xFFFE ? "" : char.ConvertFromUtf32(value),
    };

    private static (Dictionary<string, string> Names, HashSet<string> Bare, Dictionary<string, string> Capitals) Read()
    {
        Dictionary<string, string> names = new(2400);
        HashSet<string> bare = new(128);
        Dictionary<string, string> capitals = new(1400);
        Dictionary<string, string> section = names;
        foreach (string line in TextResource.Lines("html-entities.txt"))
        {
            if (line.Length == 0)
            {
                section = capitals;
                continue;
            }
            int blank = line.IndexOf(' ');
            string name = line[..blank];
            if (name[^1] == '*')
            {
                name = name[..^1];
                bare.Add(name);
            }
            section[name] = string.Concat(line[(blank + 1)..].Split(' ').Select(hex => char.ConvertFromUtf32(int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
        }
        return (names, bare, capitals);
    }
}
