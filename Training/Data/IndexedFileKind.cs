using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SoundSearch.Training.Data;

/// <summary>A kind of <see cref="IndexedFile{TEntry}"/>, and how one is written.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Magic">Eight bytes.</param>
/// <param name="SizeName">What the header's size counts, for messages.</param>
/// <param name="MinSize">Smallest size that the header may name.</param>
/// <param name="MaxSize">Largest size that the header may name.</param>
public sealed record IndexedFileKind(string Name, byte[] Magic, string SizeName, int MinSize, int MaxSize)
{
    internal const int HeaderBytes = 64;
    internal const uint Version = 1;
    internal const string Remedy = "Delete the file and build the store again.";

    internal static readonly JsonSerializerOptions IndexOptions = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>Ends a file whose data were written from byte 64 to the stream's position: index, then header, then to the disk.</summary>
    internal void Finish<TEntry>(FileStream data, int size, IReadOnlyList<TEntry> entries)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(entries);
        Span<byte> header = stackalloc byte[HeaderBytes];
        header.Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)size);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], (ulong)data.Position);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)json.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[32..], Crc(json));
        data.Write(json);
        data.Position = 0;
        data.Write(header);
        data.Flush(flushToDisk: true);
    }

    internal static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }
        foreach (byte b in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }
        return ~crc;
    }
}
