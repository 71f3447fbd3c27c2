using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// RoBERTa's byte-level BPE, which is GPT-2's (Radford et al. 2019, section 2.2; Liu et al. 2019, section 4.4): the text as it is, cut
/// by <see cref="Gpt2Splitter"/>'s expression. Tokens such as <c>&lt;mask&gt;</c> in a text are those tokens. Ids are those of
/// Hugging Face's RobertaTokenizerFast on the same files. Safe for concurrent callers.
/// </summary>
public sealed class RobertaTokenizer : Tokenizer
{
    private static readonly string[] specialNames = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    private readonly BytePairVocabulary vocabulary;
    private readonly BytePairEncoder encoder;
    private readonly AddedTokens added;

    /// <param name="vocabulary">With &lt;s&gt;, &lt;pad&gt; and &lt;/s&gt;.</param>
    /// <exception cref="FileFormatException">A special token is missing, or words have ends, as CLIP's.</exception>
    public RobertaTokenizer(BytePairVocabulary vocabulary)
    {
        this.vocabulary = vocabulary;
        (StartToken, PadToken, EndToken) = (vocabulary.Require("<s>"), vocabulary.Require("<pad>"), vocabulary.Require("</s>"));
        if (vocabulary.EndOfWord is { Length: > 0 } end)
        {
            throw new FileFormatException(vocabulary.Path, 0, "no \"end_of_word_suffix\"", $"\"{end}\"", "This is no tokenizer of RoBERTa's kind.");
        }
        if (vocabulary.LowerCase == true)
        {
            throw new FileFormatException(vocabulary.Path, 0, "no normalizer", "one that lowers the case", "This is no tokenizer of RoBERTa's kind.");
        }
        encoder = vocabulary.CreateEncoder("");
        added = new AddedTokens(vocabulary.AddedOr(specialNames));
    }

    public override int VocabularySize => vocabulary.Tokens.Count;

    /// <summary>Id of &lt;s&gt;, 0 in the public files.</summary>
    public override int StartToken { get; }

    /// <summary>Id of &lt;pad&gt;, 1 in the public files.</summary>
    public int PadToken { get; }

    /// <summary>Id of &lt;/s&gt;, 2 in the public files.</summary>
    public override int EndToken { get; }

    /// <summary>From a folder with tokenizer.json, or vocab.json and merges.txt.</summary>
    /// <exception cref="FileFormatException">The files are missing, damaged or of another kind.</exception>
    public static RobertaTokenizer Load(string folder) => new(BytePairVocabulary.Load(folder));

    /// <summary>The text of ids, special tokens by their names; bytes that are no UTF-8 become U+FFFD.</summary>
    public override string Decode(ReadOnlySpan<int> ids) => Encoding.UTF8.GetString(vocabulary.Bytes(ids));

    protected override void Encode(string text, List<int> ids, int limit)
    {
        for (int position = 0; position < text.Length && ids.Count < limit;)
        {
            AddedToken? token = added.Find(text, position, out int start, out int end);
            while (position < start && ids.Count < limit)
            {
                int length = Gpt2Splitter.Next(text.AsSpan(position, start - position));
                ReadOnlySpan<int> piece = encoder.Encode(text.AsSpan(position, length));
                ids.AddRange(piece[..Math.Min(piece.Length, limit - ids.Count)]);
                position += length;
            }
            if (token is not null && ids.Count < limit)
            {
                ids.Add(token.Id);
            }
            position = end;
        }
    }
}
