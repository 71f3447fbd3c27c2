using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>The repairs of single characters: C1 controls, ligatures, widths, curly quotes, line breaks, surrogates, terminal escapes, controls.</summary>
internal static class TextRepairCharacters
{
    private const char FirstWide = '\uFF01';
    private const char FirstListed = '\uFF5F';

    // NFKC of U+FF5F..U+FFEF; U+FFE3 alone has two characters.
    private const string Widths =
        "\u2985\u2986\u3002\u300C\u300D\u3001\u30FB\u30F2\u30A1\u30A3\u30A5\u30A7\u30A9\u30E3\u30E5\u30E7"
        + "\u30C3\u30FC\u30A2\u30A4\u30A6\u30A8\u30AA\u30AB\u30AD\u30AF\u30B1\u30B3\u30B5\u30B7\u30B9\u30BB"
        + "\u30BD\u30BF\u30C1\u30C4\u30C6\u30C8\u30CA\u30CB\u30CC\u30CD\u30CE\u30CF\u30D2\u30D5\u30D8\u30DB"
        + "\u30DE\u30DF\u30E0\u30E1\u30E2\u30E4\u30E6\u30E8\u30E9\u30EA\u30EB\u30EC\u30ED\u30EF\u30F3\u3099"
        + "\u309A\u1160\u1100\u1101\u11AA\u1102\u11AC\u11AD\u1103\u1104\u1105\u11B0\u11B1\u11B2\u11B3\u11B4"
        + "\u11B5\u111A\u1106\u1107\u1108\u1121\u1109\u110A\u110B\u110C\u110D\u110E\u110F\u1110\u1111\u1112"
        + "\uFFBF\uFFC0\uFFC1\u1161\u1162\u1163\u1164\u1165\u1166\uFFC8\uFFC9\u1167\u1168\u1169\u116A\u116B"
        + "\u116C\uFFD0\uFFD1\u116D\u116E\u116F\u1170\u1171\u1172\uFFD8\uFFD9\u1173\u1174\u1175\uFFDD\uFFDE"
        + "\uFFDF\u00A2\u00A3\u00AC\u0000\u00A6\u00A5\u20A9\uFFE7\u2502\u2190\u2191\u2192\u2193\u25A0\u25CB"
        + "\uFFEF";

    /// <summary>C1 controls become what Windows-1252 has at their byte.</summary>
    public static string FixC1Controls(string text) => Map(text, static (c, result) =>
        result.Append(c is >= '\u0080' and <= '\u009F' ? TextRepairEncoding.Windows1252.UpperHalf[c - 0x80] : c));

    /// <summary>All other repairs, in ftfy's order; each is independent of its neighbours but the terminal escapes.</summary>
    public static string Fix(string text)
    {
        text = Map(FixC1Controls(text), AppendPlain);
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        text = FixSurrogates(text);
        text = RemoveTerminalEscapes(text);
        return Map(text, static (c, result) =>
        {
            if (!IsUnwanted(c))
            {
                result.Append(c);
            }
        });
    }

    // Ligatures, widths, quotes and line breaks.
    private static void AppendPlain(char c, StringBuilder result)
    {
        switch (c)
        {
            case '\u0132': result.Append("IJ"); break;
            case '\u0133': result.Append("ij"); break;
            case '\u0149': result.Append("'n"); break; // its apostrophe U+02BC would be uncurled next
            case '\u01F1': result.Append("DZ"); break;
            case '\u01F2': result.Append("Dz"); break;
            case '\u01F3': result.Append("dz"); break;
            case '\u01C4': result.Append("D\u017D"); break;
            case '\u01C5': result.Append("D\u017E"); break;
            case '\u01C6': result.Append("d\u017E"); break;
            case '\u01C7': result.Append("LJ"); break;
            case '\u01C8': result.Append("Lj"); break;
            case '\u01C9': result.Append("lj"); break;
            case '\u01CA': result.Append("NJ"); break;
            case '\u01CB': result.Append("Nj"); break;
            case '\u01CC': result.Append("nj"); break;
            case '\uFB00': result.Append("ff"); break;
            case '\uFB01': result.Append("fi"); break;
            case '\uFB02': result.Append("fl"); break;
            case '\uFB03': result.Append("ffi"); break;
            case '\uFB04': result.Append("ffl"); break;
            case '\uFB05': result.Append("\u017Ft"); break;
            case '\uFB06': result.Append("st"); break;
            case '\u3000': result.Append(' '); break;
            case '\uFFE3': result.Append(" \u0304"); break;
            case >= FirstWide and < FirstListed: result.Append((char)(c - FirstWide + '!')); break;
            case >= FirstListed and <= '\uFFEF': result.Append(Widths[c - FirstListed]); break;
            case '\u02BC' or (>= '\u2018' and <= '\u201B'): result.Append('\''); break;
            case >= '\u201C' and <= '\u201F': result.Append('"'); break;
            case '\u2028' or '\u2029' or '\u0085': result.Append('\n'); break;
            default: result.Append(c); break;
        }
    }

    private static bool IsUnwanted(char c) => c
        is < '\t' or '\v' or (>= '\u000E' and < ' ') or '\u007F'
        or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');

    private static string FixSurrogates(string text)
    {
        StringBuilder? result = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                result ??= new StringBuilder(text);
                result[i] = '\uFFFD';
            }
        }
        return result?.ToString() ?? text;
    }

    // ESC [ digits and semicolons, one letter.
    private static string RemoveTerminalEscapes(string text)
    {
        if (!text.Contains('\u001B', StringComparison.Ordinal))
        {
            return text;
        }
        var result = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u001B' && i + 1 < text.Length && text[i + 1] == '[')
            {
                int end = i + 2;
                while (end < text.Length && (char.IsDigit(text[end]) || text[end] == ';'))
                {
                    end++;
                }
                if (end < text.Length && char.IsAsciiLetter(text[end]))
                {
                    i = end;
                    continue;
                }
            }
            result.Append(text[i]);
        }
        return result.ToString();
    }

    private static string Map(string text, Action<char, StringBuilder> append)
    {
        var result = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            append(c, result);
        }
        return result.Length == text.Length && result.Equals(text) ? text : result.ToString();
    }
}
