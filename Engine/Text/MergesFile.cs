using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>
/// A file of merges, plain or gzip: an optional line with "#version", then "left right" per line, the first the most urgent.
/// Empty lines do not count.
/// </summary>
internal sealed class MergesFile
{
    public const string Remedy = "Use the merges file that belongs to the model.";

    private const int MaxBytes = 64 << 20;
    private const string OpenAiHeader = "bpe_simple_vocab_16e6";

    private readonly string path;
    private readonly string text;
    private readonly List<(int Start, int Middle, int End, int Number)> lines;

    private MergesFile(string text, string path, int? limit)
    {
        (this.text, this.path) = (text, path);
        int start = 0, number = 0;
        int end = text.IndexOf('\n') is int newline and >= 0 ? newline : text.Length;
        if (text.AsSpan(0, end).Contains("#version", StringComparison.Ordinal))
        {
            limit ??= text.AsSpan(0, end).Contains(OpenAiHeader, StringComparison.Ordinal) ? ClipTokenizer.OpenAiMerges : null;
            (start, number) = (Math.Min(end + 1, text.Length), 1);
        }
        int capacity = Math.Min(limit ?? int.MaxValue, text.AsSpan(start).Count('\n') + 1);
        lines = new(capacity);
        for (int at = start; at < text.Length && lines.Count < capacity; at = end + 1)
        {
            number++;
            end = text.IndexOf('\n', at) is int next and >= 0 ? next : text.Length;
            int stop = end > at && text[end - 1] == '\r' ? end - 1 : end;
            if (stop > at)
            {
                int middle = text.IndexOf(' ', at, stop - at);
                if (middle <= at || middle == stop - 1 || text.AsSpan(middle + 1, stop - middle - 1).Contains(' '))
                {
                    throw Bad(number, "two symbols with one blank between them", text.AsSpan(at, stop - at));
                }
                lines.Add((at, middle, stop, number));
            }
        }
        if (lines.Count < (limit ?? 0))
        {
            throw new FileFormatException(path, 0, $"{limit} merges", $"{lines.Count}", Remedy);
        }
    }

    public int Count => lines.Count;

    public ReadOnlySpan<char> Left(int merge) => text.AsSpan(lines[merge].Start..lines[merge].Middle);

    public ReadOnlySpan<char> Right(int merge) => text.AsSpan((lines[merge].Middle + 1)..lines[merge].End);

    /// <param name="path">The file.</param>
    /// <param name="limit">Take the first so many merges only; null: all, but of OpenAI's bpe_simple_vocab_16e6 the 48,894 that CLIP uses.</param>
    /// <exception cref="FileFormatException">The file is no merges file, or has fewer merges.</exception>
    public static MergesFile Read(string path, int? limit = null)
    {
        byte[] bytes = ReadLines(path, limit);
        try
        {
            return new MergesFile(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), path, limit);
        }
        catch (DecoderFallbackException e)
        {
            throw new FileFormatException(path, e.Index, "text in UTF-8", "other bytes", Remedy, e);
        }
    }

    /// <summary>The content of a file, the path for messages only.</summary>
    public static MergesFile Parse(string text, string path) => new(text, path, null);

    /// <summary>The complaint about a merge whose symbols, or whose result, do not exist.</summary>
    public FileFormatException Bad(int merge, string expected) =>
        Bad(lines[merge].Number, expected, text.AsSpan(lines[merge].Start..lines[merge].End));

    private FileFormatException Bad(int line, string expected, ReadOnlySpan<char> actual) =>
        new(path, 0, $"{expected} in line {line}", $"\"{(actual.Length > 40 ? string.Concat(actual[..40], "...") : actual)}\"", Remedy);

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
                    merges ??= Encoding.Latin1.GetString(buffer, 0, Math.Min(read, 64)).Contains(OpenAiHeader, StringComparison.Ordinal)
                        ? ClipTokenizer.OpenAiMerges : null;
                }
                plain.Write(buffer, 0, read);
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                if (plain.Length > MaxBytes)
                {
                    throw new FileFormatException(path, 0, $"at most {MaxBytes} bytes of merges", "more", Remedy);
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
}
