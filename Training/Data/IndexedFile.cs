using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Data;

/// <summary>
/// What <see cref="MelStore"/> and <see cref="Pictures.PictureStore"/> have in common: much data, memory-mapped, and an index behind it.
/// Bytes: 0..8 magic, 8..12 version, 12..16 a size that the kind defines, 16..24 offset of the index, 24..32 its length, 32..36 its
/// CRC-32C, 36..64 zero; data from 64 on; then the index, UTF-8 JSON, an array of entries. Little-endian. Safe for concurrent readers.
/// </summary>
/// <typeparam name="TEntry">What the index holds of each item.</typeparam>
public sealed unsafe class IndexedFile<TEntry> : IDisposable
    where TEntry : class
{
    private readonly IndexedFileKind kind;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;

    private IndexedFile(string path, IndexedFileKind kind, MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        (Path, this.kind, this.file, this.view) = (path, kind, file, view);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            data = start;
            Entries = ReadIndex(length);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>Bytes 12..16 of the header.</summary>
    public int Size { get; private set; }

    /// <summary>Offset of the first byte behind the data.</summary>
    public long DataEnd { get; private set; }

    public TEntry[] Entries { get; }

    /// <summary>SHA-256 of the index, which holds a checksum of every item: another hash for other data.</summary>
    public string Digest { get; private set; } = "";

    /// <exception cref="FileFormatException">The file is of another kind or version, or is damaged. Entries are not looked at beyond null.</exception>
    public static IndexedFile<TEntry> Open(string path, IndexedFileKind kind)
    {
        // Length from the open file, not its name: a symbolic link's own length is that of the path it holds.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        long length = stream.Length;
        if (length < IndexedFileKind.HeaderBytes)
        {
            stream.Dispose();
            throw new FileFormatException(path, 0, $"a header of {IndexedFileKind.HeaderBytes} bytes", $"a file of {length} bytes", IndexedFileKind.Remedy);
        }
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new IndexedFile<TEntry>(path, kind, file, view, length);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes straight from the mapping; the caller has checked that they are data.</summary>
    public ReadOnlySpan<byte> Bytes(long offset, int count) => new(data + offset, count);

    /// <exception cref="FileFormatException">The bytes have another checksum than the index says.</exception>
    public void Verify(long offset, int count, uint expected, string name)
    {
        uint crc = IndexedFileKind.Crc(Bytes(offset, count));
        if (crc != expected)
        {
            throw new FileFormatException(Path, offset, $"checksum {expected:x8} of '{name}'", $"{crc:x8}", IndexedFileKind.Remedy);
        }
    }

    /// <summary>An entry that cannot be; place is the index.</summary>
    public FileFormatException Bad(string expected, string actual) => new(Path, DataEnd, expected, actual, IndexedFileKind.Remedy);

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private TEntry[] ReadIndex(long length)
    {
        ReadOnlySpan<byte> header = Bytes(0, IndexedFileKind.HeaderBytes);
        if (!header[..8].SequenceEqual(kind.Magic))
        {
            throw new FileFormatException(Path, 0, $"the magic of a {kind.Name}", Convert.ToHexString(header[..8]), $"The file is no finished {kind.Name}.");
        }
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), size = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (version != IndexedFileKind.Version || size < kind.MinSize || size > kind.MaxSize)
        {
            throw new FileFormatException(
                Path, 8, $"version {IndexedFileKind.Version} and {kind.MinSize} to {kind.MaxSize} {kind.SizeName}", $"version {version} and {size}", IndexedFileKind.Remedy);
        }
        Size = (int)size;
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), bytes = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        if (offset < IndexedFileKind.HeaderBytes || offset > (ulong)length || bytes != (ulong)length - offset || bytes > int.MaxValue)
        {
            throw new FileFormatException(Path, 16, $"an index that ends the file of {length} bytes", $"{bytes} bytes from {offset} on", IndexedFileKind.Remedy);
        }
        DataEnd = (long)offset;
        Verify(DataEnd, (int)bytes, BinaryPrimitives.ReadUInt32LittleEndian(header[32..]), "the index");
        Digest = Convert.ToHexStringLower(SHA256.HashData(Bytes(DataEnd, (int)bytes)));
        try
        {
            TEntry[] entries = JsonSerializer.Deserialize<TEntry[]>(Bytes(DataEnd, (int)bytes), IndexedFileKind.IndexOptions) ?? [];
            return Array.IndexOf(entries, null) is int missing and >= 0 ? throw Bad("entries", $"null at number {missing}") : entries;
        }
        catch (JsonException e)
        {
            throw new FileFormatException(Path, DataEnd, "an index", e.Message, IndexedFileKind.Remedy, e);
        }
    }
}
