using System.Buffers.Binary;

namespace SoundSearch.Query.Hnsw;

/// <summary>The first 256 bytes of the file, as <see cref="HnswFormat"/> describes them.</summary>
internal struct HnswHeader
{
    public long Generation;
    public byte[] Fingerprint;
    public int Dimensions;
    public int Count;
    public int M;
    public int EfConstruction;
    public int EfSearch;
    public int Entry;
    public int TopLayer;
    public int UpperLists;
    public int Copies;
    public int Removed;
    public ulong Seed;
    public long FileLength;
    public uint[] SectionChecks;

    public readonly void Write(Span<byte> bytes)
    {
        bytes.Clear();
        HnswFormat.Magic.CopyTo(bytes[HnswFormat.MagicOffset..]);
        Put(bytes, HnswFormat.KindOffset, HnswFormat.Kind);
        Put(bytes, HnswFormat.VersionOffset, HnswFormat.Version);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[HnswFormat.GenerationOffset..], Generation);
        Fingerprint.CopyTo(bytes[HnswFormat.FingerprintOffset..]);
        Put(bytes, HnswFormat.DimensionsOffset, Dimensions);
        Put(bytes, HnswFormat.CountOffset, Count);
        Put(bytes, HnswFormat.MOffset, M);
        Put(bytes, HnswFormat.EfConstructionOffset, EfConstruction);
        Put(bytes, HnswFormat.EfSearchOffset, EfSearch);
        Put(bytes, HnswFormat.EntryOffset, Entry);
        Put(bytes, HnswFormat.TopLayerOffset, TopLayer);
        Put(bytes, HnswFormat.UpperListsOffset, UpperLists);
        Put(bytes, HnswFormat.CopiesOffset, Copies);
        Put(bytes, HnswFormat.RemovedOffset, Removed);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[HnswFormat.SeedOffset..], Seed);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[HnswFormat.FileLengthOffset..], FileLength);
        for (int s = 0; s < HnswFormat.Sections; s++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(HnswFormat.SectionChecksOffset + (4 * s))..], SectionChecks[s]);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[HnswFormat.HeaderCheckOffset..], Crc32C.Of(bytes[..HnswFormat.HeaderCheckOffset]));
    }

    /// <summary>Reads and judges a header. Returns null when it can be used, else what is wrong with it.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes, long fileLength, out HnswHeader h)
    {
        h = default;
        if (bytes.Length < HnswFormat.HeaderBytes)
        {
            return $"truncated: a header of {HnswFormat.HeaderBytes} bytes was expected, the file has {bytes.Length}";
        }
        if (!bytes[..8].SequenceEqual(HnswFormat.Magic))
        {
            return $"no index: the first bytes are {Convert.ToHexString(bytes[..8])}, expected {Convert.ToHexString(HnswFormat.Magic)}";
        }
        int kind = Get(bytes, HnswFormat.KindOffset);
        int version = Get(bytes, HnswFormat.VersionOffset);
        if (kind != HnswFormat.Kind || version != HnswFormat.Version)
        {
            return $"wrong version: kind {kind}, version {version}; this program reads kind {HnswFormat.Kind}, version {HnswFormat.Version}";
        }
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(bytes[HnswFormat.HeaderCheckOffset..]);
        uint actual = Crc32C.Of(bytes[..HnswFormat.HeaderCheckOffset]);
        if (stored != actual)
        {
            return $"wrong checksum: the header's is {actual:X8}, stored is {stored:X8}";
        }
        h.Generation = BinaryPrimitives.ReadInt64LittleEndian(bytes[HnswFormat.GenerationOffset..]);
        h.Fingerprint = bytes.Slice(HnswFormat.FingerprintOffset, 32).ToArray();
        h.Dimensions = Get(bytes, HnswFormat.DimensionsOffset);
        h.Count = Get(bytes, HnswFormat.CountOffset);
        h.M = Get(bytes, HnswFormat.MOffset);
        h.EfConstruction = Get(bytes, HnswFormat.EfConstructionOffset);
        h.EfSearch = Get(bytes, HnswFormat.EfSearchOffset);
        h.Entry = Get(bytes, HnswFormat.EntryOffset);
        h.TopLayer = Get(bytes, HnswFormat.TopLayerOffset);
        h.UpperLists = Get(bytes, HnswFormat.UpperListsOffset);
        h.Copies = Get(bytes, HnswFormat.CopiesOffset);
        h.Removed = Get(bytes, HnswFormat.RemovedOffset);
        h.Seed = BinaryPrimitives.ReadUInt64LittleEndian(bytes[HnswFormat.SeedOffset..]);
        h.FileLength = BinaryPrimitives.ReadInt64LittleEndian(bytes[HnswFormat.FileLengthOffset..]);
        h.SectionChecks = new uint[HnswFormat.Sections];
        for (int s = 0; s < HnswFormat.Sections; s++)
        {
            h.SectionChecks[s] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HnswFormat.SectionChecksOffset + (4 * s))..]);
        }
        return h.CheckSizes(fileLength);
    }

    /// <summary>A checksum says that the bytes are those written, not that they make sense: every number is judged before use.</summary>
    private readonly string? CheckSizes(long fileLength)
    {
        bool possible = Dimensions is >= 1 and <= HnswOptions.MaxDimensions
            && M is >= HnswOptions.MinM and <= HnswOptions.MaxM
            && EfConstruction is >= 1 and <= HnswOptions.MaxEf
            && EfSearch is >= 1 and <= HnswOptions.MaxEf
            && Count >= 0
            && UpperLists >= 0 && UpperLists <= (long)Count * GraphView.MaxLevel
            && Removed >= 0 && Removed <= Count
            && (Count == 0
                ? Entry == -1 && TopLayer == -1 && Copies == 0
                : Entry >= 0 && Entry < Count && TopLayer is >= 0 and <= GraphView.MaxLevel && Copies >= 0 && Copies < Count);
        if (!possible)
        {
            return $"impossible sizes: {Count} vectors of {Dimensions}, M {M}, ef {EfConstruction} and {EfSearch}, entry {Entry} "
                + $"on layer {TopLayer}, {UpperLists} upper lists, {Copies} copies, {Removed} removed";
        }
        Span<long> starts = stackalloc long[HnswFormat.Sections];
        long expected = HnswFormat.SectionStarts(this, starts);
        if (FileLength != expected)
        {
            return $"impossible sizes: the header says {FileLength} bytes, its counts need {expected}";
        }
        return fileLength == expected ? null : $"truncated: {expected} bytes were expected, the file has {fileLength}";
    }

    private static void Put(Span<byte> bytes, int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes[offset..], value);

    private static int Get(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);
}
