using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Text;

/// <summary>Cuts a merges file to those merges that a model uses.</summary>
public static class ClipMerges
{
    private const int MaxFileBytes = 64 << 20;

    /// <summary>The first so many merges of a file, plain or gzip, as a plain file that <see cref="ClipTokenizer.Load"/> reads.</summary>
    /// <exception cref="FileFormatException">There are fewer.</exception>
    public static byte[] Take(string path, int count)
    {
        try
        {
            var result = new StringBuilder("#version: 0.2\n");
            using var reader = new StringReader(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Unfold(path)));
            int taken = 0;
            for (string? line; taken < count && (line = reader.ReadLine()) is not null;)
            {
                if (line.Length > 0 && !(taken == 0 && line.Contains("#version", StringComparison.Ordinal)))
                {
                    result.Append(line).Append('\n');
                    taken++;
                }
            }
            return taken == count ? Encoding.UTF8.GetBytes(result.ToString()) : throw Bad(path, $"{count} merges or more", $"{taken}");
        }
        catch (Exception e) when (e is InvalidDataException or DecoderFallbackException)
        {
            throw Bad(path, "a merges file, plain or gzip, in UTF-8", e.Message, e);
        }
    }

    private static ReadOnlySpan<byte> Unfold(string path)
    {
        using FileStream file = File.OpenRead(path);
        bool gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = gzip ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var plain = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            plain.Write(buffer, 0, read);
            if (plain.Length > MaxFileBytes)
            {
                throw Bad(path, $"at most {MaxFileBytes} bytes of merges", "more");
            }
        }
        return plain.GetBuffer().AsSpan(0, (int)plain.Length);
    }

    private static FileFormatException Bad(string path, string expected, string actual, Exception? inner = null) =>
        new(path, 0, expected, actual, "Use the merges file that belongs to the model.", inner);
}
