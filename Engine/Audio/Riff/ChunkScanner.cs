using System.Buffers.Binary;
using System.Text;

namespace SoundSearch.Engine.Audio.Riff;

/// <summary>
/// Walks the chunks of RIFF (little-endian sizes) and IFF (big-endian) files and believes nothing: sizes are cut to the file,
/// a missing pad byte is noticed, and the number of chunks is bounded.
/// </summary>
public sealed class ChunkScanner(Stream stream, bool bigEndian, long start = 12)
{
    /// <summary>A file of nothing but empty chunks would keep us busy for long.</summary>
    private const int MaxChunks = 65536;

    private readonly long length = stream.Length;
    private long next = start;
    private int count;

    /// <summary>64-bit sizes of an RF64 file's chunks, by id; set by whoever reads its ds64 chunk.</summary>
    public Dictionary<string, long> LargeSizes { get; } = [];

    /// <summary>The next chunk, or null at the end of the file or of what looks like chunks.</summary>
    public Chunk? Next()
    {
        if (count++ == MaxChunks || ReadHeader(next) is not var (id, declared) || !IsId(id))
            return null;
        if (declared == uint.MaxValue && LargeSizes.TryGetValue(id, out long large))
            declared = large;
        var chunk = new Chunk(id, next + 8, declared, Math.Min(declared, length - next - 8));
        Continue(chunk.Start + chunk.Size);
        return chunk;
    }

    /// <summary>Goes on after a chunk whose true end is not what its header said.</summary>
    public void Continue(long end)
    {
        // Chunks are padded to even length, but some writers forget: believe the pad byte unless only its absence gives a chunk.
        next = end;
        if ((end & 1) != 0 && !(ReadHeader(end + 1) is not var (padded, _) || IsId(padded)) && ReadHeader(end) is var (unpadded, _) && IsId(unpadded))
            return;
        next = end + (end & 1);
    }

    /// <summary>Whether chunks lie without a gap from here to the end of the file.</summary>
    public bool IsChainToEnd(long position)
    {
        for (int i = 0; i < 256; i++)
        {
            if (position >= length)
                return position <= length + 1;
            if (ReadHeader(position) is not var (id, size) || !IsId(id))
                return false;
            position += 8 + size + (size & 1);
        }
        return true;
    }

    /// <summary>The first bytes of a chunk, never more than asked for or than there are.</summary>
    public byte[] ReadContents(Chunk chunk, int limit)
    {
        byte[] contents = new byte[Math.Min(chunk.Size, limit)];
        stream.Position = chunk.Start;
        int got = stream.ReadAtLeast(contents, contents.Length, throwOnEndOfStream: false);
        return got == contents.Length ? contents : contents[..got];
    }

    private (string Id, long Size)? ReadHeader(long position)
    {
        if (position < 0 || position > length - 8)
            return null;
        Span<byte> header = stackalloc byte[8];
        stream.Position = position;
        if (stream.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8)
            return null;
        uint size = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(header[4..]) : BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        return (Encoding.Latin1.GetString(header[..4]), size);
    }

    private static bool IsId(string id) => id[0] != ' ' && id.All(c => c is >= ' ' and <= '~');
}
