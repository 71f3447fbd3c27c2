using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Many small pictures with their words in one memory-mapped file.
/// Bytes: 0..8 magic, 8..12 version, 12..16 rows and columns of a picture, 16..24 offset of the index, 24..32 its length, 32..36 its
/// CRC-32C, 36..64 zero; from 64 on the pictures, [Side, Side, 3] bytes each; then the index, UTF-8 JSON, an array of
/// <see cref="PictureEntry"/> in the same order. Little-endian. Keep in sync with <see cref="PictureStoreBuilder"/>.
/// Safe for concurrent readers.
/// </summary>
public sealed unsafe class PictureStore : IDisposable
{
    internal const int HeaderBytes = 64, MaxSide = 1024;
    internal const uint Version = 1;

    private const string Remedy = "Delete the file and build the store again.";

    private static readonly JsonSerializerOptions indexOptions = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private readonly PictureEntry[] entries;

    private PictureStore(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
    {
        (Path, this.file, this.view) = (path, file, view);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            data = start;
            entries = ReadIndex(length);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    internal static ReadOnlySpan<byte> Magic => "SSPICS\r\n"u8;

    public string Path { get; }

    /// <summary>Rows and columns of every picture.</summary>
    public int Side { get; private set; }

    public IReadOnlyList<PictureEntry> Entries => entries;

    private int PictureBytes => Side * Side * 3;

    /// <exception cref="FileFormatException">The file is no store, is of another version, or is damaged.</exception>
    public static PictureStore Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        long length = stream.Length;
        if (length < HeaderBytes)
        {
            stream.Dispose();
            throw new FileFormatException(path, 0, $"a header of {HeaderBytes} bytes", $"a file of {length} bytes", Remedy);
        }
        var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor? view = null;
        try
        {
            view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new PictureStore(path, file, view, length);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Red, green and blue [Side, Side, 3], straight from the mapping.</summary>
    public ReadOnlySpan<byte> Pixels(int picture)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)picture, (uint)entries.Length, nameof(picture));
        return new ReadOnlySpan<byte>(data + HeaderBytes + (long)picture * PictureBytes, PictureBytes);
    }

    /// <summary>Reads everything and compares checksums.</summary>
    /// <exception cref="FileFormatException">Pixels differ from what was written.</exception>
    public void Verify()
    {
        for (int i = 0; i < entries.Length; i++)
        {
            uint crc = MelStore.Crc(Pixels(i));
            if (crc != entries[i].Crc)
            {
                throw new FileFormatException(Path, HeaderBytes + (long)i * PictureBytes, $"checksum {entries[i].Crc:x8} of '{entries[i].Info.Path}'", $"{crc:x8}", Remedy);
            }
        }
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private PictureEntry[] ReadIndex(long length)
    {
        var header = new ReadOnlySpan<byte>(data, HeaderBytes);
        if (!header[..8].SequenceEqual(Magic))
        {
            throw new FileFormatException(Path, 0, "the magic 'SSPICS'", Convert.ToHexString(header[..8]), "The file is no finished picture store.");
        }
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), side = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (version != Version || side is 0 or > MaxSide)
        {
            throw new FileFormatException(Path, 8, $"version {Version} with pictures of 1 to {MaxSide} rows", $"version {version} with {side}", Remedy);
        }
        Side = (int)side;
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        if (offset < HeaderBytes || offset > (ulong)length || size != (ulong)length - offset || size > int.MaxValue || (offset - HeaderBytes) % (ulong)PictureBytes != 0)
        {
            throw new FileFormatException(Path, 16, $"whole pictures and an index that ends the file of {length} bytes", $"an index of {size} bytes from {offset} on", Remedy);
        }
        var json = new ReadOnlySpan<byte>(data + offset, (int)size);
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(header[32..]), crc = MelStore.Crc(json);
        if (crc != expected)
        {
            throw new FileFormatException(Path, (long)offset, $"an index with checksum {expected:x8}", $"{crc:x8}", Remedy);
        }
        PictureEntry[] read;
        try
        {
            read = JsonSerializer.Deserialize<PictureEntry[]>(json, indexOptions) ?? [];
        }
        catch (JsonException e)
        {
            throw new FileFormatException(Path, (long)offset, "an index of pictures", e.Message, Remedy, e);
        }
        int bad = Array.FindIndex(read, e => e?.Info is not { Words.Length: > 0 } || Array.Exists(e.Info.Words, string.IsNullOrWhiteSpace));
        if (bad >= 0)
        {
            throw new FileFormatException(Path, (long)offset, "words for every picture", $"none for number {bad}", Remedy);
        }
        ulong pictures = (offset - HeaderBytes) / (ulong)PictureBytes;
        return (ulong)read.Length == pictures
            ? read
            : throw new FileFormatException(Path, (long)offset, $"an index of the file's {pictures} pictures", $"{read.Length}", Remedy);
    }
}
