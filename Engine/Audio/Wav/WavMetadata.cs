using System.Text;
using SoundSearch.Engine.Audio.Riff;

namespace SoundSearch.Engine.Audio.Wav;

/// <summary>Texts of a WAV file: bext (EBU Tech 3285), iXML, LIST INFO, and the labels of cue points (LIST adtl).</summary>
internal static class WavMetadata
{
    private const int MaxBytes = 1 << 18;

    public static AudioMetadata Read(Stream stream)
    {
        var scanner = new ChunkScanner(stream, bigEndian: false);
        var builder = new MetadataBuilder();
        bool passed = false; // only one chunk of sound: guessing the size of thousands would take long
        while (scanner.Next() is { } chunk)
        {
            switch (chunk.Id)
            {
                case "ds64":
                    WavReader.ReadLargeSizes(scanner.ReadContents(chunk, 4096), scanner.LargeSizes);
                    break;
                case "data" when !passed:
                    passed = true;
                    scanner.Continue(chunk.Start + WavReader.DataSize(chunk, scanner, stream.Length));
                    break;
                case "bext":
                    ReadBroadcast(scanner.ReadContents(chunk, 320), builder);
                    break;
                case "iXML":
                    Ixml.Read(scanner.ReadContents(chunk, MaxBytes), builder);
                    break;
                case "LIST":
                    ReadList(scanner.ReadContents(chunk, MaxBytes), builder);
                    break;
            }
        }
        return builder.Build();
    }

    private static void ReadBroadcast(ReadOnlySpan<byte> contents, MetadataBuilder builder)
    {
        builder.Add(MetadataField.Description, contents[..Math.Min(256, contents.Length)]);
        if (contents.Length >= 288)
            builder.Add(MetadataField.Author, contents[256..288]);
    }

    private static void ReadList(byte[] contents, MetadataBuilder builder)
    {
        if (contents.Length < 4)
            return;
        string kind = Encoding.Latin1.GetString(contents, 0, 4);
        if (kind is not ("INFO" or "adtl"))
            return;
        using var memory = new MemoryStream(contents, writable: false);
        var scanner = new ChunkScanner(memory, bigEndian: false, start: 4);
        while (scanner.Next() is { } chunk)
        {
            ReadOnlySpan<byte> text = scanner.ReadContents(chunk, MaxBytes);
            if (kind == "adtl")
            {
                // A label begins with the number of its cue point, a labelled text has 20 bytes before it.
                int skip = chunk.Id switch { "labl" or "note" => 4, "ltxt" => 20, _ => int.MaxValue };
                if (text.Length > skip)
                    builder.Add(MetadataField.Label, text[skip..]);
            }
            else if (Field(chunk.Id) is { } field)
            {
                builder.Add(field, text);
            }
        }
    }

    private static MetadataField? Field(string id) => id switch
    {
        "INAM" => MetadataField.Title,
        "ISBJ" => MetadataField.Description,
        "ICMT" => MetadataField.Comment,
        "IKEY" or "IGNR" => MetadataField.Keywords,
        "IART" => MetadataField.Author,
        _ => null,
    };
}
