using System.Globalization;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// Cuts a cleaned text into the pieces within which bytes may merge: CLIP's expression
/// <c>&lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>, case ignored,
/// over code points (a regular expression of .NET would look at the halves of a surrogate pair). White space between pieces is dropped.
/// </summary>
public static class WordSplitter
{
    public const string StartOfText = "<|startoftext|>";
    public const string EndOfText = "<|endoftext|>";

    private static readonly string[] contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    /// <summary>
    /// Moves <paramref name="position"/> behind the next piece and gives its length in UTF-16 units; 0 at the end of the text.
    /// The piece ends at the new position.
    /// </summary>
    public static int Next(ReadOnlySpan<char> text, ref int position)
    {
        while (position < text.Length)
        {
            ReadOnlySpan<char> rest = text[position..];
            Kind kind = KindAt(rest, out int width);
            int length = kind == Kind.Space ? 0 : Special(rest);
            if (length == 0)
            {
                length = kind switch
                {
                    Kind.Space => 0,
                    Kind.Number => width,
                    _ => Run(rest, kind, width),
                };
            }
            position += length > 0 ? length : width;
            if (length > 0)
            {
                return length;
            }
        }
        return 0;
    }

    private static int Run(ReadOnlySpan<char> text, Kind kind, int length)
    {
        while (length < text.Length && KindAt(text[length..], out int width) == kind)
        {
            length += width;
        }
        return length;
    }

    private static int Special(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
        {
            foreach (string ending in contractions)
            {
                if (StartsWith(text, ending))
                {
                    return ending.Length;
                }
            }
        }
        else if (text[0] == '<')
        {
            return StartsWith(text, StartOfText) ? StartOfText.Length : StartsWith(text, EndOfText) ? EndOfText.Length : 0;
        }
        return 0;
    }

    // Case is ignored by folding, and U+017F (long s) folds to s. Nothing else outside ASCII folds to these letters but U+212A.
    private static bool StartsWith(ReadOnlySpan<char> text, string pattern)
    {
        if (text.Length < pattern.Length)
        {
            return false;
        }
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = text[i];
            if (c != pattern[i] && (c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c == '\u017F' ? 's' : c) != pattern[i])
            {
                return false;
            }
        }
        return true;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, out int width)
    {
        char c = text[0];
        if (c < 0x80)
        {
            width = 1;
            return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : c is ' ' or >= '\t' and <= '\r' ? Kind.Space : Kind.Other;
        }
        Rune.DecodeFromUtf16(text, out Rune rune, out width);
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
