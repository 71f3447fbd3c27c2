using System.Buffers.Binary;

namespace SoundSearch.Engine.Formats;

/// <summary>The checksum of zip and gzip (polynomial EDB88320, reflected), eight bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[] table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            uint low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = table[(7 << 8) | (low & 0xFF)] ^ table[(6 << 8) | ((low >> 8) & 0xFF)] ^ table[(5 << 8) | ((low >> 16) & 0xFF)] ^ table[(4 << 8) | (low >> 24)]
                ^ table[(3 << 8) | (high & 0xFF)] ^ table[(2 << 8) | ((high >> 8) & 0xFF)] ^ table[(1 << 8) | ((high >> 16) & 0xFF)] ^ table[high >> 24];
            bytes = bytes[8..];
        }
        foreach (byte b in bytes)
        {
            crc = (crc >> 8) ^ table[(crc ^ b) & 0xFF];
        }
        return ~crc;
    }

    // Row k: what a byte does k places before the end.
    private static uint[] MakeTable()
    {
        uint[] result = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320 : 0);
            }
            result[i] = value;
        }
        for (int i = 256; i < result.Length; i++)
        {
            uint before = result[i - 256];
            result[i] = (before >> 8) ^ result[before & 0xFF];
        }
        return result;
    }
}
