using System.Buffers.Binary;
using System.Numerics.Tensors;
using SoundSearch.Engine.Audio.Ogg;

namespace SoundSearch.Engine.Audio.Opus;

/// <summary>
/// An Ogg Opus file of one or two channels (RFC 7845), decoded by libopus, always at 48 kHz. libsndfile gives the same samples by the same
/// decoder, but in a way that asks the processor for its features with every packet, which on a virtual machine takes longer
/// than the decoding; and it refuses sounds of a few packets.
/// </summary>
public sealed class OpusReader : IAudioReader
{
    private const int MaxPacketBytes = 1 << 16; // 48 frames of 1,275 bytes are the longest

    private readonly OpusLibrary library;
    private readonly Stream stream;
    private readonly OggPackets packets;
    private readonly ulong[] decoder;
    private readonly float[] decoded; // [frames of a packet, channels]
    private readonly float gain;
    private readonly int delay; // frames at the start that are the encoder's
    private readonly Lazy<long?> frames;
    private int first, available; // samples in decoded
    private int last; // frames of the last packet
    private long position; // frames decoded, the delay included
    private long origin; // granule position of the first of them
    private bool timed; // origin is known
    private bool tagsRead;

    private OpusReader(OpusLibrary library, Stream stream, OggPackets packets, ReadOnlySpan<byte> head)
    {
        (this.library, this.stream, this.packets) = (library, stream, packets);
        Channels = head[9];
        delay = BinaryPrimitives.ReadUInt16LittleEndian(head[10..]);
        gain = MathF.Pow(10, BinaryPrimitives.ReadInt16LittleEndian(head[16..]) / (20 * 256f));
        decoder = library.NewDecoder(Channels);
        decoded = new float[OpusLibrary.MaxFrames * Channels];
        uint serial = packets.Serial;
        frames = new(() => LastGranule(serial) is { } granule && granule > delay ? granule - delay : null);
    }

    public int SampleRate => OpusLibrary.Rate;

    public int Channels { get; }

    /// <inheritdoc/>
    /// <remarks>Looked up at the end of the file when asked for. Too large for a piece cut out of a longer stream.</remarks>
    public long? Frames => frames.Value;

    /// <summary>Opens a file.</summary>
    /// <param name="library">The decoder.</param>
    /// <param name="stream">Seekable; owned by the reader that comes back, still the caller's otherwise.</param>
    /// <returns>Null when this is not Ogg Opus, or has more than two channels.</returns>
    public static OpusReader? TryOpen(OpusLibrary library, Stream stream)
    {
        stream.Position = 0;
        var packets = new OggPackets(stream, MaxPacketBytes);
        // Bytes: 0 "OpusHead", 8 version, 9 channels, 10 delay, 12 rate before encoding, 16 gain in 1/256 dB, 18 family of channels.
        if (packets.Next(out ReadOnlySpan<byte> head) && head.Length >= 19 && head.StartsWith("OpusHead"u8)
            && head[8] < 16 && head[9] is 1 or 2 && head[18] == 0)
        {
            return new(library, stream, packets, head);
        }
        packets.Dispose();
        return null;
    }

    public int Read(Span<float> interleaved)
    {
        if (interleaved.Length < Channels)
            throw new ArgumentException($"A frame has {Channels} samples, the buffer {interleaved.Length}.", nameof(interleaved));
        int whole = interleaved.Length / Channels * Channels, written = 0;
        while (written < whole && (available > 0 || Decode()))
        {
            int count = Math.Min(available, whole - written);
            decoded.AsSpan(first, count).CopyTo(interleaved[written..]);
            first += count;
            available -= count;
            written += count;
        }
        return written;
    }

    public void Dispose()
    {
        packets.Dispose();
        stream.Dispose();
    }

    /// <summary>Decodes until there are samples, or to the end.</summary>
    private bool Decode()
    {
        while (packets.Next(out ReadOnlySpan<byte> packet))
        {
            if (!tagsRead)
            {
                tagsRead = true;
                continue;
            }
            int count = library.Decode(decoder, packet, decoded, Channels);
            // A damaged packet is like a lost one.
            if (count < 0 && last > 0)
                count = library.Decode(decoder, [], decoded.AsSpan(0, last * Channels), Channels);
            if (count <= 0)
                continue;
            last = count;
            long start = position;
            position += count;
            if (!timed && packets.LeftOnPage == 0)
            {
                // A piece of a longer stream begins later than 0; a last page may promise less than it has, but never more.
                timed = true;
                origin = packets.OnLastPage ? 0 : Math.Max(0, packets.Granule - position);
            }
            long end = packets.OnLastPage && packets.Granule >= 0 ? packets.Granule - origin : long.MaxValue;
            int from = (int)Math.Clamp(delay - start, 0, count), to = (int)Math.Clamp(end - start, from, count);
            if (to == from)
                continue;
            (first, available) = (from * Channels, (to - from) * Channels);
            if (gain != 1)
                TensorPrimitives.Multiply(decoded.AsSpan(first, available), gain, decoded.AsSpan(first, available));
            return true;
        }
        return false;
    }

    private long? LastGranule(uint serial)
    {
        long here = stream.Position;
        stream.Position = Math.Max(0, stream.Length - 2 * OggPages.MaxPageBytes);
        using var tail = new OggPages(stream);
        long? granule = null;
        while (tail.Next(out OggPage page))
        {
            if (page.Serial == serial && page.Granule >= 0)
                granule = page.Granule;
        }
        stream.Position = here;
        return granule;
    }
}
