namespace SoundSearch.Engine.Text;

/// <summary>
/// Cuts a text into the pieces within which bytes may merge, as GPT-2 and RoBERTa do (Radford et al. 2019):
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, over code points. Nothing is dropped:
/// a blank belongs to the word after it.
/// </summary>
internal static class Gpt2Splitter
{
    /// <summary>Length of the first piece in UTF-16 units; 0 only for an empty text.</summary>
    public static int Next(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }
        if (text[0] == '\'')
        {
            foreach (string ending in WordSplitter.Contractions)
            {
                if (text.StartsWith(ending))
                {
                    return ending.Length;
                }
            }
        }
        CharacterKind kind = Characters.KindAt(text, out int width);
        if (kind != CharacterKind.Space)
        {
            return Characters.Run(text, kind, width);
        }
        if (text[0] == ' ' && text.Length > 1 && Characters.KindAt(text[1..], out width) is not CharacterKind.Space and CharacterKind next)
        {
            return Characters.Run(text, next, 1 + width);
        }

        // All white space at the end of the text, else all but the last, which may belong to a word. White space is one unit wide.
        int space = Characters.Run(text, CharacterKind.Space, 1);
        return space == text.Length ? space : Math.Max(1, space - 1);
    }
}
