using System.Globalization;
using System.Text;

namespace SoundSearch.Query.Store;

/// <summary>
/// Splits file names and questions into words the same way: at everything that is no letter or digit, between lower and
/// upper case (DogBark), before the last capital of a run (UIClick), and between letters and digits (rain02). Names that were
/// split are kept whole as well, so that "dogbark" and "808kick" are found. Case, accents and endings are SQLite's part.
/// </summary>
public static class SoundWords
{
    private enum Kind
    {
        Separator,
        Lower,
        Upper,
        Digit,
    }

    // Words that describe no sound. Without them "the sound of a dog" would match every name with an "of" in it.
    private static readonly HashSet<string> Fillers = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "an", "the", "of", "in", "on", "at", "and", "or", "to", "with", "for", "from", "by", "is", "are", "was", "it", "its",
        "as", "some", "this", "that", "sound", "sounds",
    };

    /// <summary>The words of a name or text, in order, separated by blanks; words that were split are followed by the whole.</summary>
    public static string Split(string text)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (string word in Parts(text))
        {
            if (result.Length > 0)
            {
                result.Append(' ');
            }
            result.Append(word);
        }
        return result.ToString();
    }

    /// <summary>Distinct words of a question that say something; all of them when none does.</summary>
    public static IReadOnlyList<string> Terms(string question, int max)
    {
        var all = new List<string>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (string word in Parts(question))
        {
            if (seen.Add(word))
            {
                all.Add(word);
            }
        }
        List<string> telling = all.FindAll(word => !Fillers.Contains(word));
        List<string> terms = telling.Count > 0 ? telling : all;
        return terms.Count > max ? terms.GetRange(0, max) : terms;
    }

    private static IEnumerable<string> Parts(string text)
    {
        text = WellFormed(text);
        int start = 0;
        while (start < text.Length)
        {
            if (KindAt(text, start) == Kind.Separator)
            {
                start += CharLength(text, start);
                continue;
            }
            int end = start;
            while (end < text.Length && KindAt(text, end) != Kind.Separator)
            {
                end += CharLength(text, end);
            }
            int pieces = 0;
            int from = start;
            for (int at = start + CharLength(text, start); at < end; at += CharLength(text, at))
            {
                if (IsBoundary(text, at, end))
                {
                    yield return text[from..at];
                    from = at;
                    pieces++;
                }
            }
            yield return text[from..end];
            if (pieces > 0)
            {
                yield return text[start..end];
            }
            start = end;
        }
    }

    private static bool IsBoundary(string text, int at, int end)
    {
        Kind here = KindAt(text, at);
        Kind before = KindAt(text, at - (at > 1 && char.IsLowSurrogate(text[at - 1]) ? 2 : 1));
        if ((here == Kind.Digit) != (before == Kind.Digit))
        {
            return true;
        }
        if (here != Kind.Upper)
        {
            return false;
        }
        int next = at + CharLength(text, at);
        return before == Kind.Lower || (before == Kind.Upper && next < end && KindAt(text, next) == Kind.Lower);
    }

    private static int CharLength(string text, int at) => char.IsSurrogatePair(text, at) ? 2 : 1;

    private static Kind KindAt(string text, int at) => CharUnicodeInfo.GetUnicodeCategory(text, at) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Kind.Upper,
        UnicodeCategory.LowercaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Lower,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => Kind.Lower,
        UnicodeCategory.DecimalDigitNumber => Kind.Digit,
        _ => Kind.Separator,
    };

    // Names on disk may hold halves of surrogate pairs, which SQLite cannot store.
    private static string WellFormed(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(rune.ToString());
        }
        return result.ToString();
    }
}
