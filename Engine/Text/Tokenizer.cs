namespace SoundSearch.Engine.Text;

/// <summary>From text to token ids and back. Safe for concurrent callers.</summary>
public abstract class Tokenizer
{
    /// <summary>Number of token ids.</summary>
    public abstract int VocabularySize { get; }

    /// <summary>Id before every text.</summary>
    public abstract int StartToken { get; }

    /// <summary>Id after every text.</summary>
    public abstract int EndToken { get; }

    /// <summary>The ids of a text, without start and end.</summary>
    public int[] Encode(string text)
    {
        List<int> ids = [];
        Encode(text, ids, int.MaxValue);
        return [.. ids];
    }

    /// <summary>
    /// [start] + ids + [end], not padded. A text of more than <paramref name="context"/> tokens is cut and still ends with the
    /// end token, as clip.tokenize(truncate=True) and Hugging Face's truncation do.
    /// </summary>
    public int[] EncodeWithEnds(string text, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        List<int> ids = [StartToken];
        Encode(text, ids, context - 1);
        ids.Add(EndToken);
        return [.. ids];
    }

    /// <summary>The text of ids; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public abstract string Decode(ReadOnlySpan<int> ids);

    /// <summary>Appends the ids of a text until the list holds <paramref name="limit"/> of them.</summary>
    protected abstract void Encode(string text, List<int> ids, int limit);
}
