using System.Buffers.Binary;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>
/// Writes zip archives record by record (APPNOTE.TXT 6.3: local header 4.3.7, central header 4.3.12, end 4.3.16, zip64 4.3.14), so
/// that any of them can lie.
/// </summary>
internal static class ZipBytes
{
    /// <summary>One entry. What is null is as it should be.</summary>
    public sealed record Entry(string Name, byte[] Data)
    {
        public ushort Method { get; init; }

        public ushort Flags { get; init; }

        /// <summary>Sizes in both headers.</summary>
        public long? Size { get; init; }

        public long? CompressedSize { get; init; }

        public uint? Crc { get; init; }

        /// <summary>Where the central directory says that the local header begins.</summary>
        public long? Offset { get; init; }

        /// <summary>Extra field of the central header.</summary>
        public byte[] Extra { get; init; } = [];
    }

    public static byte[] Write(params IReadOnlyList<Entry> entries) => [.. Records(entries).SelectMany(record => record)];

    /// <summary>Local headers each with its data, then central headers, then the end.</summary>
    public static List<byte[]> Records(IReadOnlyList<Entry> entries, ushort? count = null, uint? directoryOffset = null)
    {
        List<byte[]> locals = [], central = [];
        long at = 0;
        foreach (Entry e in entries)
        {
            locals.Add(Header("PK\u0003\u0004"u8, e, null));
            central.Add(Header("PK\u0001\u0002"u8, e, e.Offset ?? at));
            at += locals[^1].Length;
        }
        byte[] end = new byte[22];
        "PK\u0005\u0006"u8.CopyTo(end);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(8), count ?? (ushort)entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(end.AsSpan(10), count ?? (ushort)entries.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(12), (uint)central.Sum(header => header.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(16), directoryOffset ?? (uint)at);
        return [.. locals, .. central, end];
    }

    /// <summary>The zip64 extra field: sizes and offset of 64 bits.</summary>
    public static byte[] Zip64(params ReadOnlySpan<long> values)
    {
        byte[] extra = new byte[4 + (8 * values.Length)];
        extra[0] = 1;
        extra[2] = (byte)(8 * values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(extra.AsSpan(4 + (8 * i)), values[i]);
        }
        return extra;
    }

    private static byte[] Header(ReadOnlySpan<byte> signature, Entry e, long? offset)
    {
        byte[] name = PyTorchFile.Ascii(e.Name);
        byte[] header = new byte[offset is null ? 30 : 46];
        signature.CopyTo(header);
        // Versions differ in length; from the flags on both headers are alike up to the lengths of name and extra field.
        Span<byte> fields = header.AsSpan(offset is null ? 6 : 8);
        BinaryPrimitives.WriteUInt16LittleEndian(fields, e.Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[2..], e.Method);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[8..], e.Crc ?? Crc32.Of(e.Data));
        BinaryPrimitives.WriteUInt32LittleEndian(fields[12..], (uint)(e.CompressedSize ?? e.Data.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(fields[16..], (uint)(e.Size ?? e.Data.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(fields[20..], (ushort)name.Length);
        if (offset is not { } place)
        {
            return [.. header, .. name, .. e.Data];
        }
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)e.Extra.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(42), (uint)place);
        return [.. header, .. name, .. e.Extra];
    }
}
