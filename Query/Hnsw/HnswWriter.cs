using Microsoft.Win32.SafeHandles;

namespace SoundSearch.Query.Hnsw;

/// <summary>Writes the file that <see cref="HnswFormat"/> describes.</summary>
internal static unsafe class HnswWriter
{
    private const int ChunkBytes = 1 << 24;

    /// <remarks>
    /// The rename is not flushed to the directory: after a power cut the old file may be back, which is then stale by its
    /// generation and built again.
    /// </remarks>
    public static void Write(HnswStorage storage, string path, long generation, string fingerprint)
    {
        string temporary = path + ".tmp"; // one name, so that what a crash leaves behind is overwritten and not collected
        SafeFileHandle file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        try
        {
            using (file)
            {
                WriteAll(storage, file, generation, fingerprint);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void WriteAll(HnswStorage storage, SafeFileHandle file, long generation, string fingerprint)
    {
        var header = new HnswHeader
        {
            Generation = generation,
            Fingerprint = HnswFormat.Hash(fingerprint),
            Dimensions = storage.Dimensions,
            Count = storage.Count,
            M = storage.Options.M,
            EfConstruction = storage.Options.EfConstruction,
            EfSearch = storage.Options.EfSearch,
            Entry = storage.Entry,
            TopLayer = storage.TopLayer,
            UpperLists = checked((int)(storage.UpperLinks.Length / storage.Options.M)),
            Copies = storage.Copies,
            Removed = storage.RemovedCount,
            Seed = storage.Options.Seed,
            SectionChecks = new uint[HnswFormat.Sections],
        };
        long[] starts = new long[HnswFormat.Sections];
        header.FileLength = HnswFormat.SectionStarts(header, starts);

        Section(HnswFormat.Removed, storage.Removed);
        Section(HnswFormat.Keys, storage.Keys);
        Section(HnswFormat.Levels, storage.Levels);
        Section(HnswFormat.NextCopies, storage.NextCopies);
        Section(HnswFormat.UpperStarts, storage.UpperStarts);
        Section(HnswFormat.BaseLinks, storage.BaseLinks);
        Section(HnswFormat.UpperLinks, storage.UpperLinks);
        Section(HnswFormat.Scales, storage.Scales);
        Section(HnswFormat.Codes, storage.Codes);
        Section(HnswFormat.Vectors, storage.Vectors);

        Span<byte> bytes = stackalloc byte[HnswFormat.HeaderBytes];
        header.Write(bytes);
        RandomAccess.Write(file, bytes, 0);

        void Section<T>(int section, NativeBuffer<T> buffer)
            where T : unmanaged =>
            header.SectionChecks[section] = WriteSection(file, starts[section], (byte*)buffer.Pointer, buffer.Bytes);
    }

    private static uint WriteSection(SafeFileHandle file, long at, byte* data, long length)
    {
        for (long done = 0; done < length; done += ChunkBytes)
        {
            RandomAccess.Write(file, new ReadOnlySpan<byte>(data + done, (int)Math.Min(ChunkBytes, length - done)), at + done);
        }
        Span<byte> padding = stackalloc byte[(int)(HnswFormat.Align(length) - length)];
        padding.Clear();
        RandomAccess.Write(file, padding, at + length);
        uint crc = Crc32C.Append(Crc32C.Start, data, length);
        fixed (byte* p = padding)
        {
            return Crc32C.Finish(Crc32C.Append(crc, p, padding.Length));
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure being reported is the one that matters.
        }
    }
}
