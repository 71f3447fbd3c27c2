using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// CLIP's tokenizer as Hugging Face has it: Unicode's form C and lower case per character, without the repair and the HTML entities of
/// <see cref="ClipTokenizer"/>; special tokens in a text are those tokens only in their own case. Ids are those of
/// CLIPTokenizerFast on the same files. Safe for concurrent callers.
/// </summary>
public sealed class HuggingFaceClipTokenizer : Tokenizer
{
    private readonly BytePairVocabulary vocabulary;
    private readonly BytePairEncoder encoder;
    private readonly AddedTokens raw;
    private readonly AddedTokens normalized;

    /// <param name="vocabulary">With &lt;|startoftext|&gt; and &lt;|endoftext|&gt;.</param>
    /// <exception cref="FileFormatException">A special token or a byte at a word's end is missing, or words have no ends.</exception>
    public HuggingFaceClipTokenizer(BytePairVocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        (StartToken, EndToken) = (vocabulary.Require(WordSplitter.StartOfText), vocabulary.Require(WordSplitter.EndOfText));
        if ((vocabulary.EndOfWord ?? ByteSymbols.EndOfWord) != ByteSymbols.EndOfWord || vocabulary.LowerCase == false)
        {
            throw new FileFormatException(
                vocabulary.Path, 0, $"\"end_of_word_suffix\": \"{ByteSymbols.EndOfWord}\" and a normalizer that lowers the case",
                $"\"{vocabulary.EndOfWord}\" and {(vocabulary.LowerCase == true ? "one" : "none")}", "This is no tokenizer of CLIP's kind.");
        }
        encoder = vocabulary.CreateEncoder(ByteSymbols.EndOfWord);
        IReadOnlyList<AddedToken> added = vocabulary.AddedOr([WordSplitter.StartOfText, WordSplitter.EndOfText]);
        raw = new AddedTokens(added.Where(t => !t.Normalized));
        normalized = new AddedTokens(added.Where(t => t.Normalized).Select(t => t with { Content = Normalize(t.Content) }));
    }

    public override int VocabularySize => vocabulary.Tokens.Count;

    public override int StartToken { get; }

    /// <summary>Id of the end of text, with which rows are padded too.</summary>
    public override int EndToken { get; }

    /// <summary>From a folder with tokenizer.json, or vocab.json and merges.txt.</summary>
    /// <exception cref="FileFormatException">The files are missing, damaged or of another kind.</exception>
    public static HuggingFaceClipTokenizer Load(string folder) => new(BytePairVocabulary.Load(folder));

    /// <summary>The text of ids: bytes that are no UTF-8 become U+FFFD, each word's end a blank, trimmed.</summary>
    public override string Decode(ReadOnlySpan<int> ids) =>
        Encoding.UTF8.GetString(vocabulary.Bytes(ids)).Replace(ByteSymbols.EndOfWord, " ", StringComparison.Ordinal).Trim();

    private static string Normalize(string text) => TextCleaner.Lower(UnicodeComposition.Compose(text), finalSigma: false);

    // Tokens that are looked for in the raw text, then, between them, those looked for in the normalised text, then words.
    protected override void Encode(string text, List<int> ids, int limit)
    {
        for (int position = 0; position < text.Length && ids.Count < limit;)
        {
            AddedToken? token = raw.Find(text, position, out int start, out int end);
            if (start > position)
            {
                EncodeNormalized(Normalize(text[position..start]), ids, limit);
            }
            if (token is not null && ids.Count < limit)
            {
                ids.Add(token.Id);
            }
            position = end;
        }
    }

    private void EncodeNormalized(ReadOnlySpan<char> text, List<int> ids, int limit)
    {
        for (int position = 0; position < text.Length && ids.Count < limit;)
        {
            AddedToken? token = normalized.Find(text, position, out int start, out int end);
            EncodeWords(text[position..start], ids, limit);
            if (token is not null && ids.Count < limit)
            {
                ids.Add(token.Id);
            }
            position = end;
        }
    }

    private void EncodeWords(ReadOnlySpan<char> text, List<int> ids, int limit)
    {
        int position = 0;
        while (ids.Count < limit && WordSplitter.Next(text, ref position, exactCase: true) is int length and > 0)
        {
            // A second cut, as by the ByteLevel step: it changes nothing but names of special tokens that were not in lower case.
            for (ReadOnlySpan<char> word = text.Slice(position - length, length); !word.IsEmpty && ids.Count < limit;)
            {
                int part = Gpt2Splitter.Next(word);
                ReadOnlySpan<int> piece = encoder.Encode(word[..part]);
                ids.AddRange(piece[..Math.Min(piece.Length, limit - ids.Count)]);
                word = word[part..];
            }
        }
    }
}
