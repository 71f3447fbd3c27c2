using System.Buffers.Binary;
using System.Text;

namespace SoundSearch.Engine.Audio.Vorbis;

/// <summary>
/// The comments of FLAC (RFC 9639), Ogg Vorbis and Ogg Opus (RFC 7845) files: "NAME=text", UTF-8.
/// libsndfile gives some of them, but not DESCRIPTION, which is the one that describes.
/// </summary>
internal static class VorbisComments
{
    /// <summary>Comments may hold pictures; texts are expected before this.</summary>
    private const int MaxBytes = 1 << 20;

    private const int MaxComments = 4096;

    /// <summary>Reads them from the start of a file, or says that it is of another format.</summary>
    public static bool TryRead(Stream stream, MetadataBuilder builder)
    {
        Span<byte> magic = stackalloc byte[4];
        stream.Position = 0;
        if (stream.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4)
            return false;
        if (magic.SequenceEqual("fLaC"u8))
        {
            ReadFlac(stream, builder);
            return true;
        }
        if (!magic.SequenceEqual("OggS"u8))
            return false;
        stream.Position = 0;
        ReadOnlySpan<byte> packet = SecondOggPacket(stream);
        int skip = packet.StartsWith("\u0003vorbis"u8) ? 7 : packet.StartsWith("OpusTags"u8) ? 8 : -1;
        if (skip < 0)
            return false;
        Parse(packet[skip..], builder);
        return true;
    }

    /// <summary>Blocks of a type (the highest bit marks the last), 24 bits of size, contents.</summary>
    private static void ReadFlac(Stream stream, MetadataBuilder builder)
    {
        Span<byte> header = stackalloc byte[4];
        for (int block = 0; block < 128 && stream.ReadAtLeast(header, 4, throwOnEndOfStream: false) == 4; block++)
        {
            int size = header[1] << 16 | header[2] << 8 | header[3];
            long end = stream.Position + size;
            if ((header[0] & 0x7F) == 4)
                Parse(ReadSome(stream, size), builder);
            if ((header[0] & 0x80) != 0)
                break;
            stream.Position = end;
        }
    }

    /// <summary>The comment packet of the first logical stream, up to the size that we care for. A packet is cut into segments of 255 bytes, the last one shorter.</summary>
    private static byte[] SecondOggPacket(Stream stream)
    {
        using var packet = new MemoryStream();
        Span<byte> header = stackalloc byte[27], lacing = stackalloc byte[255];
        int packets = 0;
        for (int page = 0; page < 4096 && packet.Length < MaxBytes; page++)
        {
            if (stream.ReadAtLeast(header, 27, throwOnEndOfStream: false) < 27 || !header[..4].SequenceEqual("OggS"u8))
                break;
            int segments = header[26];
            if (stream.ReadAtLeast(lacing[..segments], segments, throwOnEndOfStream: false) < segments)
                break;
            for (int i = 0; i < segments; i++)
            {
                byte[] segment = ReadSome(stream, lacing[i]);
                if (packets == 1)
                    packet.Write(segment);
                if (lacing[i] < 255 && ++packets == 2)
                    return packet.ToArray();
            }
        }
        return packet.ToArray();
    }

    /// <summary>The writer's name, a count, and so many texts, each after its length.</summary>
    private static void Parse(ReadOnlySpan<byte> contents, MetadataBuilder builder)
    {
        if (!TryTake(ref contents, out _) || contents.Length < 4)
            return;
        contents = contents[4..];
        for (int i = 0; i < MaxComments && TryTake(ref contents, out ReadOnlySpan<byte> comment); i++)
        {
            int equals = comment.IndexOf((byte)'=');
            if (equals is > 0 and < 64 && Field(Encoding.ASCII.GetString(comment[..equals]).ToUpperInvariant()) is { } field)
                builder.Add(field, comment[(equals + 1)..]);
        }
    }

    private static bool TryTake(ref ReadOnlySpan<byte> contents, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (contents.Length < 4)
            return false;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(contents);
        if (length > contents.Length - 4)
            return false;
        text = contents.Slice(4, (int)length);
        contents = contents[(4 + (int)length)..];
        return true;
    }

    private static byte[] ReadSome(Stream stream, int size)
    {
        byte[] bytes = new byte[Math.Min(Math.Min(size, MaxBytes), Math.Max(0, stream.Length - stream.Position))];
        int got = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return got == bytes.Length ? bytes : bytes[..got];
    }

    private static MetadataField? Field(string name) => name switch
    {
        "TITLE" => MetadataField.Title,
        "DESCRIPTION" or "SUBTITLE" or "ALBUM" => MetadataField.Description,
        "COMMENT" or "COMMENTS" => MetadataField.Comment,
        "GENRE" or "KEYWORDS" or "TAGS" or "CATEGORY" or "SUBCATEGORY" => MetadataField.Keywords,
        "ARTIST" or "PERFORMER" => MetadataField.Author,
        _ => null,
    };
}
