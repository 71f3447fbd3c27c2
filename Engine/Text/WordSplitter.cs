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

    internal static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    /// <summary>
    /// Moves <paramref name="position"/> behind the next piece and gives its length in UTF-16 units; 0 at the end of the text.
    /// The piece ends at the new position.
    /// </summary>
    /// <param name="text">Cleaned.</param>
    /// <param name="position">Of the next piece or the white space before it.</param>
    /// <param name="exactCase">Look for contractions and names in exactly that case, as Hugging Face's tokenizer does.</param>
    public static int Next(ReadOnlySpan<char> text, ref int position, bool exactCase = false)
    {
        while (position < text.Length)
        {
            ReadOnlySpan<char> rest = text[position..];
            CharacterKind kind = Characters.KindAt(rest, out int width);
            int length = kind == CharacterKind.Space ? 0 : Special(rest, exactCase);
            if (length == 0)
            {
                length = kind switch
                {
                    CharacterKind.Space => 0,
                    CharacterKind.Number => width,
                    _ => Characters.Run(rest, kind, width),
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

    private static int Special(ReadOnlySpan<char> text, bool exactCase)
    {
        if (text[0] == '\'')
        {
            foreach (string ending in Contractions)
            {
                if (StartsWith(text, ending, exactCase))
                {
                    return ending.Length;
                }
            }
        }
        else if (text[0] == '<')
        {
            return StartsWith(text, StartOfText, exactCase) ? StartOfText.Length : StartsWith(text, EndOfText, exactCase) ? EndOfText.Length : 0;
        }
        return 0;
    }

    // Case is ignored by folding, and U+017F (long s) folds to s. Nothing else outside ASCII folds to these letters but U+212A.
    private static bool StartsWith(ReadOnlySpan<char> text, string pattern, bool exactCase)
    {
        if (exactCase || text.Length < pattern.Length)
        {
            return text.StartsWith(pattern);
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
}
