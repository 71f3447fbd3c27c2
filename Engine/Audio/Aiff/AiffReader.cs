using System.Buffers.Binary;
using SoundSearch.Engine.Audio.Pcm;
using SoundSearch.Engine.Audio.Riff;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Audio.Aiff;

/// <summary>AIFF 1.3 and AIFC with uncompressed (NONE, twos, sowt, raw, in24, in32, fl32, fl64) or G.711 samples.</summary>
public sealed class AiffReader : PcmReader
{
    private AiffReader(Stream stream, AiffCommon header, SampleFormat format, long start, long frames)
        : base(stream, format, header.Channels, (int)Math.Round(header.SampleRate), start, frames)
    {
    }

    /// <summary>Reads the headers.</summary>
    /// <param name="stream">Seekable; owned by the reader that comes back, still the caller's otherwise.</param>
    /// <param name="path">For messages.</param>
    /// <returns>Null when the codec is a compressed one.</returns>
    /// <exception cref="FileFormatException">No format, no data, or a format that cannot be.</exception>
    public static AiffReader? TryOpen(Stream stream, string path)
    {
        Span<byte> form = stackalloc byte[4];
        stream.Position = 8;
        stream.ReadExactly(form);
        bool compressed = form.SequenceEqual("AIFC"u8);
        var scanner = new ChunkScanner(stream, bigEndian: true);
        AiffCommon? common = null;
        Chunk? sound = null;
        while ((common is null || sound is null) && scanner.Next() is { } chunk)
        {
            switch (chunk.Id)
            {
                case "COMM" when common is null:
                    common = AiffCommon.Parse(scanner.ReadContents(chunk, AiffCommon.MaxBytes), compressed)
                        ?? throw new FileFormatException(path, chunk.Start, "a COMM chunk of 18 bytes, in AIFC 22", $"{chunk.Size} bytes", "Write the file again.");
                    break;
                case "SSND" when sound is null:
                    sound = Sound(chunk, scanner, stream.Length, path);
                    scanner.Continue(sound.Value.Start + sound.Value.Size);
                    break;
            }
        }
        if (common is not { } header)
            throw new FileFormatException(path, 12, "a COMM chunk", sound is null ? "none" : "an SSND chunk only", "The header is lost: open the file as raw data in an editor and save it.");
        if (header.Samples() is not { } format)
        {
            return header.Compression is not ("NONE" or "twos" or "sowt")
                ? null
                : throw new FileFormatException(path, 12, "samples of 1 to 32 bits", $"{header.Bits}", "Write the file again.");
        }
        if (header.Channels == 0)
            throw new FileFormatException(path, 12, "at least one channel", "0", "Correct the header.");
        if (!(header.SampleRate is >= AudioFile.MinSampleRate and <= AudioFile.MaxSampleRate))
            throw new FileFormatException(path, 12, $"a sample rate of {AudioFile.MinSampleRate} to {AudioFile.MaxSampleRate} Hz", $"{header.SampleRate:R}", "Correct the header.");
        // A file without frames needs no SSND chunk.
        if (sound is not { } data)
            return header.Frames == 0 ? new(stream, header, format, 0, 0) : throw new FileFormatException(path, 12, "an SSND chunk", "none", "The file was cut before its sound: copy it again.");
        long frames = data.Size / (format.Bytes * header.Channels);
        return new(stream, header, format, data.Start, header.Frames == 0 ? frames : Math.Min(frames, header.Frames));
    }

    /// <summary>Skips the chunk's own header (offset of the first frame, block size) and mends a size that was never filled in.</summary>
    private static Chunk Sound(Chunk chunk, ChunkScanner scanner, long length, string path)
    {
        long size = chunk.DeclaredSize is 0 or 8 && !scanner.IsChainToEnd(chunk.Start + chunk.DeclaredSize) ? length - chunk.Start : chunk.Size;
        byte[] head = scanner.ReadContents(chunk with { Size = size }, 8);
        long offset = head.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(head);
        return size >= 8 + offset
            ? chunk with { Start = chunk.Start + 8 + offset, Size = size - 8 - offset }
            : size == 0 ? chunk with { Size = 0 }
            : throw new FileFormatException(path, chunk.Start, $"an offset of at most {size - 8} bytes to the first frame", $"{offset}", "Correct the header, or copy the file again.");
    }
}
