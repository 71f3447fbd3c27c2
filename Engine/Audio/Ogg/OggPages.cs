using System.Buffers;
using System.Buffers.Binary;

namespace SoundSearch.Engine.Audio.Ogg;

/// <summary>
/// The pages of an Ogg file (RFC 3533) in order. A page whose checksum is wrong is passed over, as is whatever lies between pages.
/// </summary>
/// <remarks>
/// Bytes of a page: 0 "OggS", 4 version (0), 5 flags, 6 granule position, 14 serial number, 18 sequence number, 22 checksum,
/// 26 count of segments, 27 their lengths, then they.
/// </remarks>
internal sealed class OggPages : IDisposable
{
    /// <summary>255 segments of 255 bytes.</summary>
    public const int MaxPageBytes = HeaderBytes + 255 + 255 * 255;

    private const int HeaderBytes = 27;
    private const int MagicBytes = 4;

    private static readonly uint[] Checksums = MakeChecksums();

    private readonly Stream stream;
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(2 * MaxPageBytes);
    private int start, end; // what was read and not used yet

    /// <param name="stream">Read from where it stands; stays the caller's.</param>
    public OggPages(Stream stream) => this.stream = stream;

    /// <summary>The next page, valid until the next call. False at the end.</summary>
    public bool Next(out OggPage page)
    {
        while (Find())
        {
            int headers = HeaderBytes + buffer[start + 26], length = Length();
            Memory<byte> memory = buffer.AsMemory(start, length);
            Span<byte> bytes = memory.Span;
            if (bytes[4] != 0 || !ChecksumIsRight(bytes))
            {
                start += MagicBytes;
                continue;
            }
            start += length;
            page = new OggPage
            {
                Continued = (bytes[5] & 1) != 0,
                Last = (bytes[5] & 4) != 0,
                Granule = BinaryPrimitives.ReadInt64LittleEndian(bytes[6..]),
                Serial = BinaryPrimitives.ReadUInt32LittleEndian(bytes[14..]),
                Sequence = BinaryPrimitives.ReadUInt32LittleEndian(bytes[18..]),
                Lacing = memory[HeaderBytes..headers],
                Contents = memory[headers..],
            };
            return true;
        }
        page = default;
        return false;
    }

    public void Dispose()
    {
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
        (buffer, start, end) = ([], 0, 0);
    }

    /// <summary>Moves to the next place where a page may begin that the file holds whole.</summary>
    private bool Find()
    {
        while (true)
        {
            int found = buffer.AsSpan(start, end - start).IndexOf("OggS"u8);
            start = found >= 0 ? start + found : Math.Max(start, end - MagicBytes + 1);
            if (found >= 0 && end - start >= HeaderBytes && end - start >= Length())
                return true;
            if (More())
                continue;
            if (found < 0)
                return false;
            start += MagicBytes; // cut off, or no page at all: another may lie behind
        }
    }

    /// <summary>Bytes of the page at start, as far as its lengths are there.</summary>
    private int Length()
    {
        int headers = HeaderBytes + buffer[start + 26], length = headers;
        foreach (byte segment in buffer.AsSpan(start + HeaderBytes, Math.Min(headers, end - start) - HeaderBytes))
            length += segment;
        return length;
    }

    private bool More()
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        int got = stream.Read(buffer, end, buffer.Length - end);
        end += got;
        return got > 0;
    }

    /// <summary>CRC-32 of polynomial 0x04C11DB7, highest bit first, starting from 0, with its own four bytes as zeros.</summary>
    private static bool ChecksumIsRight(Span<byte> page)
    {
        Span<byte> own = page.Slice(22, 4);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(own), sum = 0;
        own.Clear();
        uint[] table = Checksums;
        ReadOnlySpan<byte> rest = page;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            uint word = sum ^ BinaryPrimitives.ReadUInt32BigEndian(rest);
            sum = table[768 + (word >> 24)] ^ table[512 + (word >> 16 & 255)] ^ table[256 + (word >> 8 & 255)] ^ table[word & 255];
        }
        foreach (byte value in rest)
            sum = sum << 8 ^ table[sum >> 24 ^ value];
        BinaryPrimitives.WriteUInt32LittleEndian(own, stored);
        return sum == stored;
    }

    /// <summary>[4, 256]: what a byte adds to the sum once 0, 1, 2 or 3 more have followed.</summary>
    private static uint[] MakeChecksums()
    {
        uint[] table = new uint[4 * 256];
        for (uint value = 0; value < 256; value++)
        {
            uint sum = value << 24;
            for (int bit = 0; bit < 8; bit++)
                sum = sum << 1 ^ (sum >> 31) * 0x04C11DB7;
            table[value] = sum;
        }
        for (int i = 256; i < table.Length; i++)
            table[i] = table[i - 256] << 8 ^ table[table[i - 256] >> 24];
        return table;
    }
}
