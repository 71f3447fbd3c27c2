using System.Buffers.Binary;
using SoundSearch.Engine.Audio.Pcm;
using SoundSearch.Engine.Audio.Riff;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Audio.Wav;

/// <summary>
/// WAV, RF64 and BW64 (ITU-R BS.2088) with PCM, float, A-law or mu-law samples. Chunks may come in any order; a data size that is
/// missing or impossible, as recorders leave it when they stream or are cut off, means "to the end of the file".
/// </summary>
public sealed class WavReader : PcmReader
{
    private WavReader(Stream stream, WavFormat header, SampleFormat format, long start, long frames)
        : base(stream, format, header.Channels, (int)header.SampleRate, start, frames)
    {
    }

    /// <summary>Reads the headers.</summary>
    /// <param name="stream">Seekable; owned by the reader that comes back, still the caller's otherwise.</param>
    /// <param name="path">For messages.</param>
    /// <returns>Null when the codec is one of the many compressed ones.</returns>
    /// <exception cref="FileFormatException">No format, no data, or a format that cannot be.</exception>
    public static WavReader? TryOpen(Stream stream, string path)
    {
        var scanner = new ChunkScanner(stream, bigEndian: false);
        WavFormat? format = null;
        Chunk? data = null;
        while ((format is null || data is null) && scanner.Next() is { } chunk)
        {
            switch (chunk.Id)
            {
                case "ds64":
                    ReadLargeSizes(scanner.ReadContents(chunk, 4096), scanner.LargeSizes);
                    break;
                case "fmt " when format is null:
                    format = WavFormat.Parse(scanner.ReadContents(chunk, WavFormat.MaxBytes))
                        ?? throw new FileFormatException(path, chunk.Start, "a fmt chunk of at least 14 bytes", $"{chunk.Size} bytes", "Write the file again.");
                    break;
                case "data" when data is null:
                    data = chunk with { Size = DataSize(chunk, scanner, stream.Length) };
                    scanner.Continue(chunk.Start + data.Value.Size);
                    break;
            }
        }
        if (format is not { } header)
            throw new FileFormatException(path, 12, "a fmt chunk", data is null ? "none" : "a data chunk only", "The header is lost: open the file as raw data in an editor and save it.");
        if (header.Samples() is not { } samples)
        {
            return header.Channels > 0 && header.Tag is not (1 or 3)
                ? null
                : throw new FileFormatException(path, 12, "samples of 8 to 32 bits (float: 32 or 64) in at least one channel", $"{header.Bits} bits, {header.Channels} channels", "Write the file again.");
        }
        if (header.SampleRate is < AudioFile.MinSampleRate or > AudioFile.MaxSampleRate)
            throw new FileFormatException(path, 12, $"a sample rate of {AudioFile.MinSampleRate} to {AudioFile.MaxSampleRate} Hz", $"{header.SampleRate}", "Correct the header.");
        if (data is not { } sound)
            throw new FileFormatException(path, 12, "a data chunk", "none", "The file was cut before its sound: copy it again.");
        return new(stream, header, samples, sound.Start, sound.Size / (samples.Bytes * header.Channels));
    }

    internal static long DataSize(Chunk chunk, ChunkScanner scanner, long length)
    {
        long there = length - chunk.Start;
        bool streamed = chunk.DeclaredSize switch
        {
            // Empty, if other chunks follow (or nothing does); otherwise the recorder never came back to fill it in.
            0 => !scanner.IsChainToEnd(chunk.Start),
            uint.MaxValue => !scanner.LargeSizes.ContainsKey("data"),
            // The largest size that a signed number or a whole block allows, as a promise never kept.
            >= 0x7FFFF000 and <= 0x80000000 when chunk.DeclaredSize < there => !scanner.IsChainToEnd(chunk.Start + chunk.DeclaredSize),
            // Written by a program that let the size of a file beyond 4 GiB wrap round.
            var declared => declared < there && there >> 32 != 0 && ((there - declared) & uint.MaxValue) <= 1,
        };
        return streamed ? there : chunk.Size;
    }

    /// <summary>ds64: sizes of the file, of data, a sample count, then a table of other large chunks.</summary>
    internal static void ReadLargeSizes(ReadOnlySpan<byte> contents, Dictionary<string, long> sizes)
    {
        if (contents.Length < 16)
            return;
        Add("data", contents[8..]);
        for (int at = 28; at + 12 <= contents.Length; at += 12)
            Add(System.Text.Encoding.Latin1.GetString(contents.Slice(at, 4)), contents[(at + 4)..]);

        void Add(string id, ReadOnlySpan<byte> size)
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(size);
            // 0 and nonsense: leave 0xFFFFFFFF, which is cut to the file.
            if (value > 0)
                sizes[id] = value;
        }
    }
}
