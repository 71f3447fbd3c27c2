using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// CLIP's byte-level BPE (Radford et al. 2021, section 2.4; Sennrich et al. 2016): lower-cased text, words that end in
/// <c>&lt;/w&gt;</c>. Token ids: 256 bytes, 256 bytes at a word's end, one per merge, start of text, end of text. Safe for concurrent callers.
/// </summary>
public sealed class ClipTokenizer : Tokenizer
{
    /// <summary>Merges that CLIP takes from the 262,144 of bpe_simple_vocab_16e6.txt.gz: 49,152 - 256 - 2.</summary>
    public const int OpenAiMerges = 48_894;

    private readonly string[] tokens;
    private readonly BytePairEncoder encoder;

    private ClipTokenizer(MergesFile file)
    {
        int count = file.Count;
        List<string> names = new(count + (2 * ByteSymbols.Count) + 2);
        foreach (char name in ByteSymbols.Names)
        {
            names.Add(name.ToString());
        }
        foreach (char name in ByteSymbols.Names)
        {
            names.Add(name + ByteSymbols.EndOfWord);
        }

        // A name that two merges make belongs to the later one, as in the original's dictionary.
        Dictionary<string, int> ids = new(count + (2 * ByteSymbols.Count) + 2);
        for (int i = 0; i < names.Count; i++)
        {
            ids[names[i]] = i;
        }
        for (int i = 0; i < count; i++)
        {
            string joined = string.Concat(file.Left(i), file.Right(i));
            ids[joined] = names.Count;
            names.Add(joined);
        }
        var idOf = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        var merger = new BytePairMerger(count);
        for (int i = 0; i < count; i++)
        {
            if (!idOf.TryGetValue(file.Left(i), out int left) || !idOf.TryGetValue(file.Right(i), out int right))
            {
                throw file.Bad(i, "symbols that bytes or other lines make");
            }
            merger.Add(left, right, i, ids[names[i + (2 * ByteSymbols.Count)]]);
        }
        names.Add(WordSplitter.StartOfText);
        names.Add(WordSplitter.EndOfText);
        tokens = [.. names];
        int[] within = new int[ByteSymbols.Count];
        for (int b = 0; b < within.Length; b++)
        {
            within[b] = ByteSymbols.IdOf[b];
        }
        encoder = new BytePairEncoder(merger, within, [.. within.Select(id => id + ByteSymbols.Count)]);
    }

    public override int VocabularySize => tokens.Length;

    /// <summary>Id of the start of text, the last but one.</summary>
    public override int StartToken => tokens.Length - 2;

    /// <summary>Id of the end of text, the last and so the largest.</summary>
    public override int EndToken => tokens.Length - 1;

    /// <summary>
    /// Reads a merges file, plain or gzip: an optional line with "#version", then "left right" per line. Of OpenAI's
    /// bpe_simple_vocab_16e6 the first 48,894 merges are taken.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="merges">Take the first so many merges only.</param>
    /// <exception cref="FileFormatException">The file is no merges file.</exception>
    public static ClipTokenizer Load(string path, int? merges = null) => new(MergesFile.Read(path, merges));

    /// <summary>A tokenizer of the given merges, in order of rank, without a file.</summary>
    public static ClipTokenizer FromMerges(IEnumerable<(string Left, string Right)> merges) =>
        new(MergesFile.Parse("#version\n" + string.Join('\n', merges.Select(m => m.Left + " " + m.Right)), "(merges)"));

    /// <summary>The text of ids: bytes that are no UTF-8 become U+FFFD, each word's end a blank.</summary>
    public override string Decode(ReadOnlySpan<int> ids)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)tokens.Length, nameof(ids));
            foreach (char c in tokens[id])
            {
                bytes.Add((byte)ByteSymbols.ByteOfName(c));
            }
        }
        return Encoding.UTF8.GetString([.. bytes]).Replace(ByteSymbols.EndOfWord, " ", StringComparison.Ordinal);
    }

    protected override void Encode(string text, List<int> ids, int limit)
    {
        string clean = TextCleaner.Clean(text);
        int position = 0;
        while (ids.Count < limit && WordSplitter.Next(clean, ref position) is int length and > 0)
        {
            ReadOnlySpan<int> word = EncodeWord(clean.AsSpan(position - length, length));
            ids.AddRange(word[..Math.Min(word.Length, limit - ids.Count)]);
        }
    }

    private ReadOnlySpan<int> EncodeWord(ReadOnlySpan<char> word)
    {
        if (word[0] == '<' && word.SequenceEqual(WordSplitter.StartOfText))
        {
            return new int[] { StartToken };
        }
        if (word[0] == '<' && word.SequenceEqual(WordSplitter.EndOfText))
        {
            return new int[] { EndToken };
        }
        return encoder.Encode(word);
    }
}
