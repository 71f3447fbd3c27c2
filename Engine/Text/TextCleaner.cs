using System.Globalization;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>What CLIP does to a text before it is cut into words: repair, unescape HTML twice, trim, one blank for each white space, lower case.</summary>
public static class TextCleaner
{
    /// <summary>The text as the vocabulary was trained on it.</summary>
    public static string Clean(string text) =>
        Lower(CollapseSpace(HtmlEntities.Unescape(HtmlEntities.Unescape(TextRepair.Fix(text)))));

    /// <summary>Trims, and puts one blank in place of each run of white space.</summary>
    internal static string CollapseSpace(string text)
    {
        ReadOnlySpan<char> trimmed = text.AsSpan();
        while (trimmed.Length > 0 && IsSpace(trimmed[0]))
        {
            trimmed = trimmed[1..];
        }
        while (trimmed.Length > 0 && IsSpace(trimmed[^1]))
        {
            trimmed = trimmed[..^1];
        }
        bool plain = trimmed.Length == text.Length;
        for (int i = 0; plain && i < trimmed.Length; i++)
        {
            plain = !char.IsWhiteSpace(trimmed[i]) || (trimmed[i] == ' ' && trimmed[i - 1] != ' ');
        }
        if (plain)
        {
            return text;
        }
        var result = new StringBuilder(trimmed.Length);
        for (int i = 0; i < trimmed.Length; i++)
        {
            if (!char.IsWhiteSpace(trimmed[i]))
            {
                result.Append(trimmed[i]);
            }
            else if (result.Length == 0 || !char.IsWhiteSpace(trimmed[i - 1]))
            {
                result.Append(' ');
            }
        }
        return result.ToString();
    }

    /// <summary>
    /// Python's str.lower: simple lower case of each code point, but U+0130 becomes i and a combining dot, and a capital sigma at
    /// the end of a word becomes the final sigma (Unicode's SpecialCasing, the Final_Sigma condition).
    /// </summary>
    /// <param name="text">Any.</param>
    /// <param name="finalSigma">False: every capital sigma becomes U+03C3, as in Rust's char.to_lowercase.</param>
    internal static string Lower(string text, bool finalSigma = true)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }
        var result = new StringBuilder(text.Length + 2);
        int width;
        for (int i = 0; i < text.Length; i += width)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out width);
            switch (rune.Value)
            {
                case 0x130: result.Append("i\u0307"); break;
                case 0x3A3: result.Append(finalSigma && IsFinalSigma(text, i) ? '\u03C2' : '\u03C3'); break;
                default: result.Append(Rune.ToLowerInvariant(rune).ToString()); break;
            }
        }
        return result.ToString();
    }

    // Python strips the four separators 1C..1F as well, which are no white space of Unicode.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    // A cased letter before, none after; case-ignorable characters do not count.
    private static bool IsFinalSigma(string text, int index)
    {
        int i = index;
        Rune rune = default;
        bool cased = false;
        while (i > 0)
        {
            Rune.DecodeLastFromUtf16(text.AsSpan(0, i), out rune, out int width);
            i -= width;
            if (!IsCaseIgnorable(rune))
            {
                cased = IsCased(rune);
                break;
            }
        }
        if (!cased)
        {
            return false;
        }
        i = index + 1;
        while (i < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out rune, out int width);
            i += width;
            if (!IsCaseIgnorable(rune))
            {
                return !IsCased(rune);
            }
        }
        return true;
    }

    private static bool IsCased(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9);

    private static bool IsCaseIgnorable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x2018 or 0x2019 or 0x2024 or 0x2027;
}
