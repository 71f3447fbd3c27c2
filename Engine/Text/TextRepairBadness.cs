using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// Whether a text looks as if its encoding had been mistaken: unlikely neighbours among the few hundred characters that occur in
/// UTF-8 decoded by a single-byte encoding. The classes and rules are those of ftfy 6.0 (Speer 2021, ftfy/badness.py, MIT).
/// </summary>
internal static class TextRepairBadness
{
    private const ushort Common = 1;
    private const ushort C1 = 1 << 1;
    private const ushort Bad = 1 << 2;
    private const ushort Currency = 1 << 3;
    private const ushort Start = 1 << 4;
    private const ushort End = 1 << 5;
    private const ushort Numeric = 1 << 6;
    private const ushort Kaomoji = 1 << 7;
    private const ushort Upper = 1 << 8;
    private const ushort Lower = 1 << 9;
    private const ushort UpperCommon = 1 << 10;
    private const ushort LowerCommon = 1 << 11;
    private const ushort Box = 1 << 12;
    private const ushort Pairs = Lower | Upper | Box | Start | End | Currency | Numeric;

    private static readonly Dictionary<char, ushort> classes = MakeClasses();

    /// <summary>True when some sequence of the text is unlikely in any language.</summary>
    public static bool IsBad(string text)
    {
        if (Ascii.IsValid(text))
        {
            return false;
        }
        for (int i = 0; i < text.Length; i++)
        {
            if (IsBadAt(text, i))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsBadAt(string text, int i)
    {
        char a = text[i];
        ushort first = ClassOf(a);
        if ((first & C1) != 0)
        {
            return true;
        }
        if (i + 1 >= text.Length)
        {
            return false;
        }
        char b = text[i + 1];
        char c = i + 2 < text.Length ? text[i + 2] : '\0';
        ushort second = ClassOf(b);
        return IsBadPair(first, second) || IsKnownPair(a, b, second)
            || (i + 2 < text.Length && IsBadTriple(text, i, first, second, c))
            || (c == ' ' && a is >= 'a' and <= 'z' && IsLatinLead(b))
            || (i == 0 && b == ' ' && IsLatinLead(a))
            || IsKnownRun(text, i, a, b, c);
    }

    private static bool IsBadPair(ushort first, ushort second) =>
        (Has(first, Pairs | Bad) && Has(second, Bad))
        || (Has(first, Bad) && Has(second, Pairs))
        || (Has(first, Lower | LowerCommon | Box | End | Currency | Numeric) && Has(second, Upper))
        || (Has(first, Box | End | Currency | Numeric) && Has(second, Lower))
        || (Has(first, Lower | Box | End) && Has(second, Currency)) // not Upper: fancy spellings use it
        || (Has(first, Upper | Box) && Has(second, Numeric))
        || (Has(first, Currency | Numeric | Box) && Has(second, Start))
        || (Has(first, Box) && Has(second, Kaomoji | End))
        || (Has(first, Lower | Upper | Currency | Numeric | Start | End) && Has(second, Box));

    private static bool IsKnownPair(char a, char b, ushort second) => a switch
    {
        '\u0152' or '\u0153' => !char.IsAsciiLetter(b), // the ligature oe before anything but a plain letter
        '\u00C2' or '\u00C3' or '\u00CE' or '\u00D0' =>
            Has(second, Start | End) || "\u20AC\u0160\u0161\u00A2\u00A3\u0178\u017E\u00A0\u00AD\u00AE\u00A9\u00B0\u00B7\u00BB\u2013\u2014\u00B4".Contains(b)
            || (a == '\u00C3' && b == '\u00A1'),
        '\u00D7' => b is '\u00B2' or '\u00B3',
        '\u00E0' => b is '\u00B2' or '\u00B5' or '\u00B9' or '\u00BC' or '\u00BD' or '\u00BE', // scripts of South Asia
        '\u221A' => "\u00B1\u2202\u2020\u2260\u00AE\u2122\u00B4\u2264\u2265\u00A5\u00B5\u00F8".Contains(b), // MacRoman
        '\u2248' => b is '\u00B0' or '\u00A2',
        '\u0432' => b == '\u0402', // Windows-1251, U+2000..
        _ => false,
    };

    private static bool IsBadTriple(string text, int i, ushort first, ushort second, char c)
    {
        char a = text[i];
        char b = text[i + 1];
        ushort third = ClassOf(c);
        return (char.IsAsciiLetter(a) && Has(second, LowerCommon | UpperCommon) && Has(third, Bad))
            || (IsSpace(a) && Has(second, Upper) && Has(third, Currency))
            || (Has(first, Lower | Upper | Box | Currency | End) && Has(second, Start) && Has(third, Numeric))
            || (Has(first, Lower | Upper | Currency | Numeric | Box) && Has(second, End) && Has(third, Start))
            || (a is >= 'a' and <= 'z' && Has(second, Upper) && Has(third, Start | Currency))
            || (Has(first, Lower | Upper) && Has(second, End) && IsWord(text, i + 2))
            || (a == '\u201A' && ((b == '\u00C4' && "\u00EC\u00EE\u00EF\u00F2\u00F4\u00F5\u00FA\u00F9\u00FB\u2020\u00B0\u00A2\u03C0".Contains(c))
                || (b is '\u00E2' or '\u00F3' && "\u00E0\u00E4\u00B0\u00EA".Contains(c))))
            || ((a is >= 'a' and <= 'z' or '.' or ',' or '?' or '!' || Has(first, End)) && b == '\u00C2' && (c == ' ' || Has(third, Start | End)))
            || (a == '\u03B2' && b == '\u20AC' && "\u2122\u00A0\u0386\u00AD\u00AE\u00B0".Contains(c))
            || (IsRussian(a) && IsRussian(c) && (Has(second, C1 | Bad | Start | End | Currency) || b is '\u00B0' or '\u00B5'))
            || (IsGreek(a) && IsGreek(c) && (Has(second, C1 | Bad | Start | End | Currency) || b == '\u00B0'));
    }

    private static bool IsKnownRun(string text, int i, char a, char b, char c)
    {
        if (i + 3 >= text.Length)
        {
            return false;
        }
        char d = text[i + 3];
        if (a is >= 'a' and <= 'z' && IsSpace(b) && IsLatinLead(c) && d == ' ')
        {
            return true;
        }
        if (IsArabicLead(a) && IsArabicLead(c) && IsArabicTail(b) && IsArabicTail(d))
        {
            return true; // Windows-1252 of Arabic words
        }

        // Windows-1251 of Latin-1 of Windows-1252, with a Latin letter or blank nearby
        if (string.CompareOrdinal(text, i, "\u0413\u045E\u0432\u0402\u0412", 0, 5) != 0 || i + 6 >= text.Length || text[i + 5] == '\n')
        {
            return false;
        }
        int next = i + 5 + (char.IsHighSurrogate(text[i + 5]) ? 2 : 1);
        return next < text.Length && (char.IsAsciiLetter(text[next]) || text[next] == ' ');
    }

    private static bool IsLatinLead(char c) => c is '\u00C3' or '\u00C2';

    private static bool IsArabicLead(char c) => c is '\u00D8' or '\u00D9';

    private static bool IsArabicTail(char c) =>
        Has(ClassOf(c), Common | Currency | Bad | Numeric | Start) || c is '\u0178' or '\u0160' or '\u00AE' or '\u00B0' or '\u00B5' or '\u00BB';

    private static bool IsRussian(char c) => c is '\u0412' or '\u0413' or '\u0420' or '\u0421';

    private static bool IsGreek(char c) => c is '\u0392' or '\u0393' or '\u039E' or '\u039F';

    // Python's \s: Unicode's white space and the four separators.
    private static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    // Python's \w: letters, numbers of any kind, underscore.
    private static bool IsWord(string text, int i)
    {
        if (text[i] == '_')
        {
            return true;
        }
        Rune.DecodeFromUtf16(text.AsSpan(i), out Rune rune, out _);
        return Rune.IsLetter(rune) || Rune.IsNumber(rune);
    }

    private static bool Has(ushort classes, int any) => (classes & any) != 0;

    private static ushort ClassOf(char c) => c < 0x80 ? (ushort)0 : classes.GetValueOrDefault(c);

    private static Dictionary<char, ushort> MakeClasses()
    {
        Dictionary<char, ushort> result = new(512);
        void Add(ushort kind, string characters)
        {
            foreach (char c in characters)
            {
                result[c] = (ushort)(result.GetValueOrDefault(c) | kind);
            }
        }
        void AddRange(ushort kind, char first, char last)
        {
            for (char c = first; c <= last; c++)
            {
                Add(kind, c.ToString());
            }
        }
        Add(Common, "\u00A0\u00AD\u00B7\u00B4\u2013\u2014\u2015\u2026\u2019");
        AddRange(C1, '\u0080', '\u009F');
        Add(Bad, "\u00A6\u00A4\u00A8\u00AC\u00AF\u00B6\u00A7\u00B8\u0192\u02C6\u02C7\u02D8\u02DB\u02DC\u2020\u2021\u2030\u2310\u25CA\uFFFD\u00AA\u00BA");
        Add(Currency, "\u00A2\u00A3\u00A5\u20A7\u20AC");
        Add(Start, "\u00A1\u00AB\u00BF\u00A9\u0384\u0385\u2018\u201A\u201C\u201E\u2022\u2039\uF8FF");
        Add(End, "\u00AE\u00BB\u02DD\u201D\u203A\u2122");
        Add(Numeric, "\u00B2\u00B3\u00B9\u00B1\u00BC\u00BD\u00BE\u00D7\u00B5\u00F7\u2044\u2202\u2206\u220F\u2211\u221A\u221E\u2229\u222B\u2248\u2260\u2261\u2264\u2265\u2116");
        AddRange(Kaomoji, '\u00D2', '\u00D6');
        AddRange(Kaomoji, '\u00D9', '\u00DC');
        AddRange(Kaomoji, '\u00F2', '\u00F6');
        AddRange(Kaomoji, '\u00F8', '\u00FC');
        Add(Kaomoji, "\u0150\u00B0");
        AddRange(Upper, '\u00C0', '\u00D1');
        Add(Upper, "\u00D8\u00DC\u00DD\u0102\u0104\u0106\u010C\u010E\u0110\u0118\u011A\u011E\u0130\u0139\u013D\u0141\u0143\u0147\u0152\u0158");
        Add(Upper, "\u015A\u015E\u0160\u0162\u0164\u016E\u0170\u0178\u0179\u017B\u017D\u0490");
        AddRange(Lower, '\u00E0', '\u00F1');
        Add(Lower, "\u00DF\u0103\u0105\u0107\u010D\u010F\u0111\u0119\u011B\u011F\u013A\u013E\u0142\u0153\u0155\u015B\u015F\u0161\u0165\u00FC\u017A\u017C\u017E\u0491\uFB01\uFB02");
        Add(UpperCommon, "\u00DE\u0386\u0388\u0389\u038A\u038C\u038E\u038F\u03AA\u03AB");
        AddRange(UpperCommon, '\u0391', '\u03A9');
        AddRange(UpperCommon, '\u0401', '\u042F');
        Add(LowerCommon, "\u03AC\u03AD\u03AE\u03AF\u03B0");
        AddRange(LowerCommon, '\u03B1', '\u03C9');
        AddRange(LowerCommon, '\u0430', '\u045F');
        Add(Box, "\u2502\u250C\u2510\u2518\u251C\u2524\u252C\u253C\u2580\u2584\u2588\u258C\u2590\u2591\u2592\u2593");
        AddRange(Box, '\u2550', '\u256C');
        return result;
    }
}
