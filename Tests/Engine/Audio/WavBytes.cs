using System.Buffers.Binary;
using System.Text;

namespace SoundSearch.Tests.Engine.Audio;

/// <summary>Builds WAV and AIFF files byte by byte.</summary>
internal static class WavBytes
{
    public static byte[] File(params byte[][] chunks) => Form("RIFF", "WAVE", chunks, bigEndian: false);

    public static byte[] AiffFile(string kind, params byte[][] chunks) => Form("FORM", kind, chunks, bigEndian: true);

    public static byte[] Chunk(string id, byte[] contents, uint? size = null, bool bigEndian = false)
    {
        byte[] chunk = new byte[8 + contents.Length + (contents.Length & 1)];
        Encoding.Latin1.GetBytes(id, chunk);
        if (bigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(4), size ?? (uint)contents.Length);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(chunk.AsSpan(4), size ?? (uint)contents.Length);
        contents.CopyTo(chunk, 8);
        return chunk;
    }

    public static byte[] Format(int tag, int channels, int rate, int bits, int? blockAlign = null)
    {
        byte[] format = new byte[16];
        int align = blockAlign ?? channels * ((bits + 7) / 8);
        BinaryPrimitives.WriteUInt16LittleEndian(format, (ushort)tag);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(2), (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(4), rate);
        BinaryPrimitives.WriteInt32LittleEndian(format.AsSpan(8), rate * align);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(12), (ushort)align);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(14), (ushort)bits);
        return Chunk("fmt ", format);
    }

    /// <summary>WAVE_FORMAT_EXTENSIBLE: valid bits, speaker mask, sub-format.</summary>
    public static byte[] ExtensibleFormat(int subTag, int channels, int rate, int bits, int validBits, byte[]? tail = null)
    {
        byte[] plain = Format(0xFFFE, channels, rate, bits), format = new byte[40];
        plain.AsSpan(8, 16).CopyTo(format);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(16), 22);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(18), (ushort)validBits);
        BinaryPrimitives.WriteUInt16LittleEndian(format.AsSpan(24), (ushort)subTag);
        (tail ?? [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]).CopyTo(format, 26);
        return Chunk("fmt ", format);
    }

    /// <summary>COMM, for AIFC with a compression type; the rate must be a whole number.</summary>
    public static byte[] Common(int channels, uint frames, int bits, uint rate, string? compression = null)
    {
        byte[] common = new byte[compression is null ? 18 : 24];
        BinaryPrimitives.WriteUInt16BigEndian(common, (ushort)channels);
        BinaryPrimitives.WriteUInt32BigEndian(common.AsSpan(2), frames);
        BinaryPrimitives.WriteUInt16BigEndian(common.AsSpan(6), (ushort)bits);
        int shift = System.Numerics.BitOperations.LeadingZeroCount((ulong)rate);
        BinaryPrimitives.WriteUInt16BigEndian(common.AsSpan(8), rate == 0 ? (ushort)0 : (ushort)(16383 + 63 - shift));
        BinaryPrimitives.WriteUInt64BigEndian(common.AsSpan(10), rate == 0 ? 0 : (ulong)rate << shift);
        if (compression is not null)
            Encoding.Latin1.GetBytes(compression, common.AsSpan(18));
        return Chunk("COMM", common, bigEndian: true);
    }

    public static byte[] Sound(byte[] samples, uint? size = null) => Chunk("SSND", [.. new byte[8], .. samples], size, bigEndian: true);

    /// <summary>Little-endian 16-bit samples.</summary>
    public static byte[] Shorts(params short[] samples) => [.. samples.SelectMany(BitConverter.GetBytes)];

    private static byte[] Form(string id, string kind, byte[][] chunks, bool bigEndian)
    {
        byte[] body = [.. Encoding.Latin1.GetBytes(kind), .. chunks.SelectMany(chunk => chunk)];
        return Chunk(id, body, bigEndian: bigEndian);
    }
}
