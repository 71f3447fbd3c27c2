using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>A checked file in memory. Its pages stay mapped until it is disposed and the last <see cref="Lease"/> has ended.</summary>
internal sealed unsafe class HnswMap : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long[] starts = new long[HnswFormat.Sections];
    private int disposed;

    private HnswMap(MemoryMappedFile file, MemoryMappedViewAccessor view, in HnswHeader header)
    {
        (this.file, this.view, Header) = (file, view, header);
        byte* p = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref p);
        start = p;
        HnswFormat.SectionStarts(header, starts);
        Graph = new GraphView
        {
            Count = header.Count,
            M = header.M,
            Stride = VectorKernels.CodeStride(header.Dimensions),
            Codes = (sbyte*)Section(HnswFormat.Codes),
            Scales = (float*)Section(HnswFormat.Scales),
            Levels = Section(HnswFormat.Levels),
            NextCopies = (int*)Section(HnswFormat.NextCopies),
            UpperStarts = (int*)Section(HnswFormat.UpperStarts),
            BaseLinks = (int*)Section(HnswFormat.BaseLinks),
            UpperLinks = (int*)Section(HnswFormat.UpperLinks),
        };
    }

    public HnswHeader Header { get; }

    public GraphView Graph { get; }

    public long* Keys => (long*)Section(HnswFormat.Keys);

    /// <summary>Null when nothing is removed.</summary>
    public ulong* Removed => Header.Removed == 0 ? null : RemovedBits;

    public ulong* RemovedBits => (ulong*)Section(HnswFormat.Removed);

    public short* Vectors => (short*)Section(HnswFormat.Vectors);

    /// <summary>Opens a file for reading. Returns null when all is well, else why it cannot be used.</summary>
    public static string? Open(string path, long? generation, string? fingerprint, bool verifyVectors, out HnswMap? map)
    {
        map = null;
        try
        {
            return BitConverter.IsLittleEndian
                ? OpenFile(path, generation, fingerprint, verifyVectors, out map)
                : "unsupported: this machine is big-endian";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"missing: there is no file {path}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"unreadable: {e.Message}";
        }
    }

    /// <summary>The checksum of one section, as it is now. Null when it equals the header's, else what is wrong.</summary>
    public string? CheckSection(int section)
    {
        long end = section + 1 < HnswFormat.Sections ? starts[section + 1] : Header.FileLength;
        uint actual = Crc32C.Of(start + starts[section], end - starts[section]);
        return actual == Header.SectionChecks[section]
            ? null
            : $"wrong checksum: section '{HnswFormat.SectionNames[section]}' at byte {starts[section]} has {actual:X8}, the header says {Header.SectionChecks[section]:X8}";
    }

    /// <summary>Keeps the pages mapped while it lives.</summary>
    /// <exception cref="ObjectDisposedException">The index is closed.</exception>
    public Lease Enter() => new(view.SafeMemoryMappedViewHandle, disposed != 0);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            file.Dispose();
        }
    }

    private static string? OpenFile(string path, long? generation, string? fingerprint, bool verifyVectors, out HnswMap? map)
    {
        map = null;
        // Sharing everything lets the indexer put a new file in this one's place while it is in use.
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        Span<byte> bytes = stackalloc byte[HnswFormat.HeaderBytes];
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        string? problem = HnswHeader.Read(bytes[..read], stream.Length, out HnswHeader header);
        if (problem is null && generation is { } g && g != header.Generation)
        {
            problem = $"stale: it was made from generation {header.Generation}, the library is at {g}";
        }
        if (problem is null && fingerprint is not null && !header.Fingerprint.AsSpan().SequenceEqual(HnswFormat.Hash(fingerprint)))
        {
            problem = "other model: its vectors were made by another model than the library's";
        }
        if (problem is not null)
        {
            return problem;
        }
        var mapped = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        MemoryMappedViewAccessor? view = null;
        HnswMap? opened = null;
        try
        {
            view = mapped.CreateViewAccessor(0, header.FileLength, MemoryMappedFileAccess.Read);
            opened = new HnswMap(mapped, view, header);
            for (int s = 0; s < HnswFormat.Sections && problem is null; s++)
            {
                problem = s < HnswFormat.Codes || verifyVectors ? opened.CheckSection(s) : null;
            }
            problem ??= HnswChecker.Check(opened);
            if (problem is null)
            {
                map = opened;
            }
            return problem;
        }
        finally
        {
            if (map is null)
            {
                opened?.Dispose();
                view?.Dispose();
                mapped.Dispose();
            }
        }
    }

    private byte* Section(int section) => start + starts[section];

    /// <summary>One use of the mapped pages.</summary>
    internal readonly ref struct Lease
    {
        private readonly SafeHandle handle;
        private readonly bool entered;

        public Lease(SafeHandle handle, bool closed)
        {
            ObjectDisposedException.ThrowIf(closed, typeof(HnswIndex));
            this.handle = handle;
            handle.DangerousAddRef(ref entered);
        }

        public void Dispose()
        {
            if (entered)
            {
                handle.DangerousRelease();
            }
        }
    }
}
