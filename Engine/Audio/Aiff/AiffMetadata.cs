using System.Buffers.Binary;
using SoundSearch.Engine.Audio.Riff;

namespace SoundSearch.Engine.Audio.Aiff;

/// <summary>Texts of an AIFF file: NAME, ANNO, AUTH, COMT and the names in MARK.</summary>
internal static class AiffMetadata
{
    private const int MaxBytes = 1 << 18;

    public static AudioMetadata Read(Stream stream)
    {
        var scanner = new ChunkScanner(stream, bigEndian: true);
        var builder = new MetadataBuilder();
        while (scanner.Next() is { } chunk)
        {
            switch (chunk.Id)
            {
                case "NAME":
                    builder.Add(MetadataField.Title, scanner.ReadContents(chunk, MaxBytes));
                    break;
                case "ANNO":
                    builder.Add(MetadataField.Description, scanner.ReadContents(chunk, MaxBytes));
                    break;
                case "AUTH":
                    builder.Add(MetadataField.Author, scanner.ReadContents(chunk, MaxBytes));
                    break;
                case "COMT":
                    ReadComments(scanner.ReadContents(chunk, MaxBytes), builder);
                    break;
                case "MARK":
                    ReadMarkers(scanner.ReadContents(chunk, MaxBytes), builder);
                    break;
            }
        }
        return builder.Build();
    }

    /// <summary>Each: time (4 bytes), marker (2), length (2), text padded to even length.</summary>
    private static void ReadComments(ReadOnlySpan<byte> contents, MetadataBuilder builder)
    {
        for (int at = 2; at + 8 <= contents.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(contents[(at + 6)..]);
            at += 8;
            builder.Add(MetadataField.Comment, contents.Slice(at, Math.Min(length, contents.Length - at)));
            at += length + (length & 1);
        }
    }

    /// <summary>Each: id (2 bytes), position (4), Pascal string padded so that it and its length byte are even.</summary>
    private static void ReadMarkers(ReadOnlySpan<byte> contents, MetadataBuilder builder)
    {
        for (int at = 2; at + 7 <= contents.Length;)
        {
            int length = contents[at + 6];
            at += 7;
            builder.Add(MetadataField.Label, contents.Slice(at, Math.Min(length, contents.Length - at)));
            at += length + (~length & 1);
        }
    }
}
