using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// CLIP's byte-level BPE (Radford et al. 2021, section 2.4; Sennrich et al. 2016): lower-cased text, words that end in
/// <c>&lt;/w&gt;</c>. Token ids: 256 bytes, 256 bytes at a word's end, one per merge, start of text, end of text. Safe for concurrent callers.
/// </summary>
public sealed class ClipTokenizer
{
    /// <summary>Merges that CLIP takes from the 262,144 of bpe_simple_vocab_16e6.txt.gz: 49,152 - 256 - 2.</summary>
    public const int OpenAiMerges = 48_894;

    private const int MaxFileBytes = 64 << 20;
    private const int MaxCachedWords = 1 << 16;
    private const int MaxCachedLength = 32;
    private const string OpenAiHeader = "bpe_simple_vocab_16e6";

    private readonly string[] tokens;
    private readonly BytePairMerger merger;
    private readonly ConcurrentDictionary<string, int[]> cache = new();
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> cacheBySpan;
    private int cached;

    private ClipTokenizer(string text, string path, int? limit)
    {
        cacheBySpan = cache.GetAlternateLookup<ReadOnlySpan<char>>();
        int start = 0;
        int end = text.IndexOf('\n') is int newline and >= 0 ? newline : text.Length;
        if (text.AsSpan(0, end).Contains("#version", StringComparison.Ordinal))
        {
            limit ??= text.AsSpan(0, end).Contains(OpenAiHeader, StringComparison.Ordinal) ? OpenAiMerges : null;
            start = Math.Min(end + 1, text.Length);
        }

        int capacity = Math.Min(limit ?? int.MaxValue, text.AsSpan(start).Count('\n') + 1);
        List<string> names = new(capacity + (2 * ByteSymbols.Count) + 2);
        foreach (char name in ByteSymbols.Names)
        {
            names.Add(name.ToString());
        }
        foreach (char name in ByteSymbols.Names)
        {
            names.Add(name + ByteSymbols.EndOfWord);
        }

        // A name that two merges make belongs to the later one, as in the original's dictionary.
        Dictionary<string, int> ids = new(capacity + (2 * ByteSymbols.Count) + 2);
        for (int i = 0; i < names.Count; i++)
        {
            ids[names[i]] = i;
        }
        var idOf = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(int Start, int Middle, int End)> lines = new(capacity);
        int line = start > 0 ? 1 : 0;
        for (int at = start; at < text.Length && lines.Count < capacity;)
        {
            line++;
            end = text.IndexOf('\n', at) is int next and >= 0 ? next : text.Length;
            int stop = end > at && text[end - 1] == '\r' ? end - 1 : end;
            if (stop > at)
            {
                int middle = text.IndexOf(' ', at, stop - at);
                if (middle <= at || middle == stop - 1 || text.AsSpan(middle + 1, stop - middle - 1).Contains(' '))
                {
                    throw Bad(path, line, "two symbols with one blank between them", $"\"{Shorten(text.AsSpan(at, stop - at))}\"");
                }
                lines.Add((at, middle, stop));
                string joined = string.Concat(text.AsSpan(at, middle - at), text.AsSpan(middle + 1, stop - middle - 1));
                ids[joined] = names.Count;
                names.Add(joined);
            }
            at = end + 1;
        }
        if (lines.Count < (limit ?? 0))
        {
            throw Bad(path, line, $"{limit} merges", $"{lines.Count}");
        }
        merger = new BytePairMerger(lines.Count);
        for (int i = 0; i < lines.Count; i++)
        {
            (int at, int middle, int stop) = lines[i];
            if (!idOf.TryGetValue(text.AsSpan(at, middle - at), out int left) || !idOf.TryGetValue(text.AsSpan(middle + 1, stop - middle - 1), out int right))
            {
                throw Bad(path, i + (start > 0 ? 2 : 1), "symbols that bytes or other lines make", $"\"{Shorten(text.AsSpan(at, stop - at))}\"");
            }
            merger.Add(left, right, i, ids[names[i + (2 * ByteSymbols.Count)]]);
        }
        names.Add(WordSplitter.StartOfText);
        names.Add(WordSplitter.EndOfText);
        tokens = [.. names];
    }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize => tokens.Length;

    /// <summary>Id of the start of text, the last but one.</summary>
    public int StartToken => tokens.Length - 2;

    /// <summary>Id of the end of text, the last and so the largest.</summary>
    public int EndToken => tokens.Length - 1;

    /// <summary>
    /// Reads a merges file, plain or gzip: an optional line with "#version", then "left right" per line. Of OpenAI's
    /// bpe_simple_vocab_16e6 the first 48,894 merges are taken.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="merges">Take the first so many merges only.</param>
    /// <exception cref="FileFormatException">The file is no merges file.</exception>
    public static ClipTokenizer Load(string path, int? merges = null)
    {
        byte[] bytes = ReadLines(path, merges);
        try
        {
            return new ClipTokenizer(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), path, merges);
        }
        catch (DecoderFallbackException e)
        {
            throw new FileFormatException(path, e.Index, "text in UTF-8", "other bytes", Remedy, e);
        }
    }

    /// <summary>A tokenizer of the given merges, in order of rank, without a file.</summary>
    public static ClipTokenizer FromMerges(IEnumerable<(string Left, string Right)> merges) =>
        new("#version\n" + string.Join('\n', merges.Select(m => m.Left + " " + m.Right)), "(merges)", null);

    /// <summary>The ids of a text, without start and end.</summary>
    public int[] Encode(string text)
    {
        List<int> ids = [];
        Encode(text, ids, int.MaxValue);
        return [.. ids];
    }

    /// <summary>
    /// [start] + ids + [end], not padded. A text of more than <paramref name="context"/> tokens is cut and still ends with the
    /// end token, as clip.tokenize(truncate=True) does.
    /// </summary>
    public int[] EncodeWithEnds(string text, int context)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 2);
        List<int> ids = [StartToken];
        Encode(text, ids, context - 1);
        ids.Add(EndToken);
        return [.. ids];
    }

    /// <summary>The text of ids: bytes that are no UTF-8 become U+FFFD, each word's end a blank.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        List<byte> bytes = [];
        foreach (int id in ids)
        {
            foreach (char c in tokens[id])
            {
                bytes.Add((byte)ByteSymbols.ByteOfName(c));
            }
        }
        return Encoding.UTF8.GetString([.. bytes]).Replace(ByteSymbols.EndOfWord, " ", StringComparison.Ordinal);
    }

    private void Encode(string text, List<int> ids, int limit)
    {
        string clean = TextCleaner.Clean(text);
        int position = 0;
        while (ids.Count < limit && WordSplitter.Next(clean, ref position) is int length and > 0)
        {
            int[] word = EncodeWord(clean.AsSpan(position - length, length));
            ids.AddRange(word.AsSpan(0, Math.Min(word.Length, limit - ids.Count)));
        }
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (cacheBySpan.TryGetValue(word, out int[]? known))
        {
            return known;
        }
        if (word[0] == '<' && word.SequenceEqual(WordSplitter.StartOfText))
        {
            return [StartToken];
        }
        if (word[0] == '<' && word.SequenceEqual(WordSplitter.EndOfText))
        {
            return [EndToken];
        }
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        int[] symbols = new int[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            symbols[i] = ByteSymbols.IdOf[bytes[i]];
        }
        symbols[^1] += ByteSymbols.Count;
        int count = merger.Merge(symbols);
        int[] ids = count == symbols.Length ? symbols : symbols[..count];
        if (word.Length <= MaxCachedLength && Volatile.Read(ref cached) < MaxCachedWords && cache.TryAdd(word.ToString(), ids))
        {
            Interlocked.Increment(ref cached);
        }
        return ids;
    }

    // As many lines as will be used: OpenAI's file has five times as many, and unfolding them all would be most of the time.
    private static byte[] ReadLines(string path, int? merges)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            bool gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            using var plain = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            int lines = 0;
            for (int read; (read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0;)
            {
                if (plain.Length == 0)
                {
                    merges ??= Encoding.Latin1.GetString(buffer, 0, Math.Min(read, 64)).Contains(OpenAiHeader, StringComparison.Ordinal) ? OpenAiMerges : null;
                }
                plain.Write(buffer, 0, read);
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                if (plain.Length > MaxFileBytes)
                {
                    throw new FileFormatException(path, 0, $"at most {MaxFileBytes} bytes of merges", "more", Remedy);
                }
                if (lines > merges)
                {
                    // Whole lines only: a cut character would be no UTF-8.
                    int end = plain.GetBuffer().AsSpan(0, (int)plain.Length).LastIndexOf((byte)'\n');
                    plain.SetLength(end + 1);
                    break;
                }
            }
            return plain.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new FileFormatException(path, 0, "a whole gzip file", e.Message, Remedy, e);
        }
    }

    private const string Remedy = "Use the merges file that belongs to the model.";

    private static string Shorten(ReadOnlySpan<char> text) => text.Length > 40 ? string.Concat(text[..40], "...") : text.ToString();

    private static FileFormatException Bad(string path, int line, string expected, string actual) =>
        new(path, 0, $"{expected} in line {line}", actual, Remedy);
}
