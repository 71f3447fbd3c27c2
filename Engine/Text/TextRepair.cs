using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// Repairs text as ftfy.fix_text 6.0.3 does with its defaults (Speer, ftfy, MIT): HTML references, mistaken encodings, C1 controls,
/// ligatures, widths, curly quotes, line breaks, surrogates, terminal escapes, control characters, normalization form C. CLIP does
/// so before it cuts a text into tokens.
/// </summary>
public static class TextRepair
{
    /// <summary>Lines longer than this are repaired in pieces.</summary>
    private const int LongestLine = 1_000_000;

    // Nested references lose one level a pass; from this pass on all levels at once, or "&amp;amp;amp;..." would take quadratic time.
    private const int PatientPasses = 8;
    private const int MaxPasses = 64;

    /// <summary>The text with its glitches repaired, line by line.</summary>
    public static string Fix(string text)
    {
        if (IsPlain(text))
        {
            return text;
        }
        var result = new StringBuilder(text.Length);
        bool unescape = true;
        for (int position = 0; position < text.Length;)
        {
            int end = text.IndexOf('\n', position) + 1;
            end = Cut(text, position, end == 0 ? text.Length : end);
            string line = text[position..end];

            // From the first line with a "<" on this is taken for HTML, whose references are to stay.
            unescape = unescape && !line.Contains('<', StringComparison.Ordinal);
            result.Append(FixLine(line, unescape));
            position = end;
        }
        return result.ToString();
    }

    /// <summary>ASCII without controls and references needs no repair.</summary>
    private static bool IsPlain(string text) =>
        Ascii.IsValid(text) && !text.Contains('&', StringComparison.Ordinal)
        && !text.AsSpan().ContainsAnyInRange('\0', '\u0008') && !text.AsSpan().ContainsAnyInRange('\u000D', '\u001F')
        && !text.AsSpan().ContainsAny('\u000B', '\u007F');

    private static string FixLine(string text, bool unescape)
    {
        for (int pass = 0; pass < MaxPasses; pass++)
        {
            string before = text;
            if (unescape)
            {
                text = HtmlEntities.UnescapeStrictly(text, repeat: pass >= PatientPasses);
            }
            text = TextRepairMojibake.Fix(text);
            text = TextRepairCharacters.Fix(text);
            text = UnicodeComposition.Compose(text);
            if (text == before)
            {
                break;
            }
        }
        return text;
    }

    // At most LongestLine code points.
    private static int Cut(string text, int start, int end)
    {
        if (end - start <= LongestLine)
        {
            return end;
        }
        int position = start;
        for (int count = 0; count < LongestLine && position < end; count++)
        {
            position += char.IsHighSurrogate(text[position]) && position + 1 < end && char.IsLowSurrogate(text[position + 1]) ? 2 : 1;
        }
        return position;
    }
}
