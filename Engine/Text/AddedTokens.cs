namespace SoundSearch.Engine.Text;

/// <summary>Finds added tokens in a text: the leftmost, and there the longest.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<char, AddedToken[]> byFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens) => byFirst = tokens.Where(t => t.Content.Length > 0)
        .GroupBy(t => t.Content[0]).ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());

    /// <summary>The next token at or after a position, with the text that it takes; null if there is none.</summary>
    public AddedToken? Find(ReadOnlySpan<char> text, int from, out int start, out int end)
    {
        for (start = from; start < text.Length && byFirst.Count > 0; start++)
        {
            if (!byFirst.TryGetValue(text[start], out AddedToken[]? candidates))
            {
                continue;
            }
            foreach (AddedToken token in candidates)
            {
                if (!text[start..].StartsWith(token.Content))
                {
                    continue;
                }
                end = start + token.Content.Length;
                while (token.LeftStrip && start > from && char.IsWhiteSpace(text[start - 1]))
                {
                    start--;
                }
                while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
                {
                    end++;
                }
                return token;
            }
        }
        (start, end) = (text.Length, text.Length);
        return null;
    }
}
