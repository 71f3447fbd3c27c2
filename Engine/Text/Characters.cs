using System.Globalization;
using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>Kinds of code points; a regular expression of .NET would look at the halves of a surrogate pair.</summary>
internal static class Characters
{
    /// <summary>The kind of the first code point, and its width in UTF-16 units. A lone surrogate is "other".</summary>
    public static CharacterKind KindAt(ReadOnlySpan<char> text, out int width)
    {
        char c = text[0];
        if (c < 0x80)
        {
            width = 1;
            return char.IsAsciiLetter(c) ? CharacterKind.Letter
                : char.IsAsciiDigit(c) ? CharacterKind.Number
                : c is ' ' or >= '\t' and <= '\r' ? CharacterKind.Space : CharacterKind.Other;
        }
        Rune.DecodeFromUtf16(text, out Rune rune, out width);
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
            _ => Rune.IsWhiteSpace(rune) ? CharacterKind.Space : CharacterKind.Other,
        };
    }

    /// <summary>How far the kind goes on, in UTF-16 units, from a length that is known to be of it.</summary>
    public static int Run(ReadOnlySpan<char> text, CharacterKind kind, int length)
    {
        while (length < text.Length && KindAt(text[length..], out int width) == kind)
        {
            length += width;
        }
        return length;
    }
}
