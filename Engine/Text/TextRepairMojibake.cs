using System.Text;

namespace SoundSearch.Engine.Text;

/// <summary>
/// Undoes mistaken encodings: text that was UTF-8 but was decoded by a single-byte encoding, whole or in parts, and Latin-1 that
/// was Windows-1252. After ftfy 6.0 (fix_encoding).
/// </summary>
internal static class TextRepairMojibake
{
    private const string LaterPunctuation = "\u2013\u2014\u2015\u2018\u2019\u201A\u201C\u201D\u201E\u2022\u2026 ";

    // What the bytes C2..DF, E0..EF, F0 and F3, 80..BF look like in the encodings with Latin-1's layout.
    private static readonly HashSet<char> firstOfTwo = Look(0xC2, 0xDF);
    private static readonly HashSet<char> firstOfThree = Look(0xE0, 0xEF);
    private static readonly HashSet<char> firstOfFour = [.. Look(0xF0, 0xF0), .. Look(0xF3, 0xF3)];
    private static readonly HashSet<char> continuation = [.. Look(0x80, 0xBF), ' '];
    private static readonly HashSet<char> strictContinuation = [.. Look(0x80, 0xBF).Except(LaterPunctuation)];

    /// <summary>Repairs until nothing changes.</summary>
    public static string Fix(string text)
    {
        while (true)
        {
            string next = FixStep(text);
            if (next == text)
            {
                return text;
            }
            text = next;
        }
    }

    private static string FixStep(string text)
    {
        if (!TextRepairBadness.IsBad(text))
        {
            return text;
        }
        foreach (TextRepairEncoding encoding in TextRepairEncoding.All)
        {
            if (encoding.Encode(text) is not byte[] bytes)
            {
                continue;
            }
            bytes = TextRepairBytes.RestoreA0(bytes);
            if (encoding.IsSloppy)
            {
                bytes = TextRepairBytes.ReplaceLost(bytes);
            }
            if (TextRepairEncoding.DecodeUtf8(bytes, bytes.AsSpan().ContainsAny((byte)0xED, (byte)0xC0)) is string decoded)
            {
                return decoded;
            }
        }

        string partly = FixParts(text);
        if (partly != text)
        {
            return partly;
        }

        // Latin-1's C1 controls were meant to be Windows-1252.
        return TextRepairCharacters.FixC1Controls(text);
    }

    /// <summary>Runs that look like UTF-8 decoded wrongly, within a text that is right elsewhere.</summary>
    private static string FixParts(string text)
    {
        StringBuilder? result = null;
        int copied = 0;
        for (int i = 0; i < text.Length;)
        {
            int end = i > 0 && strictContinuation.Contains(text[i - 1]) ? i : RunEnd(text, i);
            if (end == i)
            {
                i++;
                continue;
            }
            string part = text[i..end];
            if (part.Length < text.Length && TextRepairBadness.IsBad(part))
            {
                result ??= new StringBuilder();
                result.Append(text, copied, i - copied).Append(Fix(part));
                copied = end;
            }
            i = end;
        }
        return result == null ? text : result.Append(text, copied, text.Length - copied).ToString();
    }

    private static int RunEnd(string text, int i)
    {
        while (i < text.Length && text[i] >= 0x80)
        {
            int length = firstOfTwo.Contains(text[i]) ? 2 : firstOfThree.Contains(text[i]) ? 3 : firstOfFour.Contains(text[i]) ? 4 : 0;
            if (length == 0 || i + length > text.Length)
            {
                break;
            }
            bool all = true;
            for (int k = 1; k < length; k++)
            {
                all &= continuation.Contains(text[i + k]);
            }
            if (!all)
            {
                break;
            }
            i += length;
        }
        return i;
    }

    private static HashSet<char> Look(int first, int last)
    {
        HashSet<char> result = [];
        foreach (TextRepairEncoding encoding in (TextRepairEncoding[])[
            TextRepairEncoding.Latin1, TextRepairEncoding.Windows1252, TextRepairEncoding.Windows1250,
            TextRepairEncoding.Windows1251, TextRepairEncoding.Windows1253, TextRepairEncoding.Windows1254])
        {
            for (int b = first; b <= last; b++)
            {
                char c = encoding.UpperHalf[b - 0x80];
                if (c >= 0xA0 || first == 0x80)
                {
                    result.Add(c);
                }
            }
        }
        return result;
    }
}
