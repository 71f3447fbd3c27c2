using System.Buffers.Binary;

namespace SoundSearch.Tests.Engine.Audio;

/// <summary>Ogg pages for tests.</summary>
internal static class OggBytes
{
    public const byte Continued = 1, First = 2, Last = 4;

    /// <summary>A page of whole packets.</summary>
    public static byte[] Page(int sequence, long granule, byte flags, params byte[][] packets) =>
        PageOf(sequence, granule, flags, 7, [.. packets.SelectMany(Lacing)], [.. packets.SelectMany(packet => packet)]);

    public static byte[] PageOf(int sequence, long granule, byte flags, uint serial, byte[] lacing, byte[] contents)
    {
        byte[] page = [.. "OggS"u8, 0, flags, .. new byte[20], (byte)lacing.Length, .. lacing, .. contents];
        BinaryPrimitives.WriteInt64LittleEndian(page.AsSpan(6), granule);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(14), serial);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(18), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(22), Checksum(page));
        return page;
    }

    public static byte[] Lacing(byte[] packet) => [.. Enumerable.Repeat((byte)255, packet.Length / 255), (byte)(packet.Length % 255)];

    /// <summary>Bit by bit, as RFC 3533 has it.</summary>
    private static uint Checksum(byte[] page)
    {
        uint sum = 0;
        foreach (byte value in page)
        {
            for (int bit = 7; bit >= 0; bit--)
            {
                bool carry = (sum >> 31 ^ (uint)(value >> bit & 1)) != 0;
                sum = sum << 1 ^ (carry ? 0x04C11DB7u : 0);
            }
        }
        return sum;
    }
}
