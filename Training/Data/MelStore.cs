using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Data;

/// <summary>
/// Spectrograms of many sounds in one memory-mapped file: ln(power mel + 1e-9) of <see cref="LogMel"/> in half precision,
/// [frames, 128] per sound, and an index. The logarithm keeps half precision's error below 0.8 % of any power a loud
/// sound has, and the low floor leaves digital silence silent when a gain is added.
/// Bytes: 0..8 magic, 8..12 version, 12..16 mel bins, 16..24 offset of the index, 24..32 its length, 32..36 its
/// CRC-32C, 36..64 zero; rows from 64 on; then the index, UTF-8 JSON, an array of <see cref="MelEntry"/>. Little-endian.
/// Keep in sync with <see cref="MelStoreBuilder"/>. Safe for concurrent readers.
/// </summary>
public sealed unsafe class MelStore : IDisposable
{
    internal const int HeaderBytes = 64;
    internal const uint Version = 1;
    internal const float Floor = 1e-9f;

    private const int RowBytes = LogMel.MelBins * sizeof(ushort);
    private const int MaxFrames = int.MaxValue / RowBytes; // a span of bytes; a day of sound

    private static readonly JsonSerializerOptions indexOptions = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private const string Remedy = "Delete the file and build the store again.";

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* data;
    private readonly MelEntry[] entries;

    private MelStore(string path, MemoryMappedFile file, MemoryMappedViewAccessor view, long length)
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

    internal static ReadOnlySpan<byte> Magic => "SSMELS\r\n"u8;

    public string Path { get; }

    /// <summary>All sounds, in the order of the sources that the store was built from.</summary>
    public IReadOnlyList<MelEntry> Entries => entries;

    /// <exception cref="FileFormatException">The file is no store, is of another version, or is damaged.</exception>
    public static MelStore Open(string path)
    {
        // From the open file, not its name: a symbolic link's own length is that of the path it holds.
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
            return new MelStore(path, file, view, length);
        }
        catch
        {
            view?.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Rows [Frames, 128] of ln(power + 1e-9), straight from the mapping.</summary>
    public ReadOnlySpan<Half> Rows(int sound) =>
        new(data + entries[sound].Offset, entries[sound].Frames * LogMel.MelBins);

    /// <summary>
    /// What a tower sees of the sound from firstFrame on, without augmentation: normalised features [frames, 128], followed
    /// by silence where the sound is over. frames is features.Length / 128.
    /// </summary>
    public void Features(int sound, int firstFrame, Span<float> features)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstFrame);
        ReadOnlySpan<Half> rows = Rows(sound);
        int start = Math.Min(firstFrame * LogMel.MelBins, rows.Length), count = Math.Min(rows.Length - start, features.Length);
        Span<float> sounding = features[..count];
        TensorPrimitives.ConvertToSingle(rows.Slice(start, count), sounding);
        TensorPrimitives.Exp(sounding, sounding);
        features[count..].Clear();
        LogMel.Normalise(features, features);
    }

    /// <summary>Reads everything and compares checksums.</summary>
    /// <exception cref="FileFormatException">Rows differ from what was written.</exception>
    public void Verify()
    {
        foreach (MelEntry e in entries)
        {
            uint crc = Crc(new ReadOnlySpan<byte>(data + e.Offset, e.Frames * RowBytes));
            if (crc != e.Crc)
            {
                throw new FileFormatException(Path, e.Offset, $"checksum {e.Crc:x8} of '{e.Info.Path}'", $"{crc:x8}", Remedy);
            }
        }
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
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

    private MelEntry[] ReadIndex(long length)
    {
        var header = new ReadOnlySpan<byte>(data, HeaderBytes);
        if (!header[..8].SequenceEqual(Magic))
        {
            throw new FileFormatException(Path, 0, "the magic 'SSMELS'", Convert.ToHexString(header[..8]), "The file is no finished mel store.");
        }
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]), bins = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
        if (version != Version || bins != LogMel.MelBins)
        {
            throw new FileFormatException(Path, 8, $"version {Version} with {LogMel.MelBins} mel bins", $"version {version} with {bins}", Remedy);
        }
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[16..]), size = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        if (offset < HeaderBytes || offset > (ulong)length || size != (ulong)length - offset || size > int.MaxValue)
        {
            throw new FileFormatException(Path, 16, $"an index that ends the file of {length} bytes", $"{size} bytes from {offset} on", Remedy);
        }
        var json = new ReadOnlySpan<byte>(data + offset, (int)size);
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(header[32..]), crc = Crc(json);
        if (crc != expected)
        {
            throw new FileFormatException(Path, (long)offset, $"an index with checksum {expected:x8}", $"{crc:x8}", Remedy);
        }
        MelEntry[] read;
        try
        {
            read = JsonSerializer.Deserialize<MelEntry[]>(json, indexOptions) ?? [];
        }
        catch (JsonException e)
        {
            throw new FileFormatException(Path, (long)offset, "an index of sounds", e.Message, Remedy, e);
        }
        long rows = 0;
        foreach (MelEntry e in read)
        {
            if (e?.Info == null || e.Frames is < 1 or > MaxFrames || e.Offset < HeaderBytes || e.Offset > (long)offset - (long)e.Frames * RowBytes || !float.IsFinite(e.Info.Weight))
            {
                throw new FileFormatException(Path, (long)offset, $"rows between {HeaderBytes} and {offset}", $"{e}", Remedy);
            }
            rows += (long)e.Frames * RowBytes;
        }
        if (rows > (long)offset - HeaderBytes)
        {
            throw new FileFormatException(Path, (long)offset, $"sounds with {(long)offset - HeaderBytes} bytes of rows", $"{rows}, so some share theirs", Remedy);
        }
        return read;
    }
}
