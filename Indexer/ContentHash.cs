using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SoundSearch.Indexer;

/// <summary>SHA-256 of a file's bytes: follows it when it is moved or renamed.</summary>
internal readonly record struct ContentHash(ulong A, ulong B, ulong C, ulong D)
{
    private const int BlockBytes = 1 << 18;

    public static ContentHash FromBytes(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes[..32]);
        return new ContentHash(words[0], words[1], words[2], words[3]);
    }

    public byte[] ToBytes() => MemoryMarshal.AsBytes<ulong>([A, B, C, D]).ToArray();

    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ContentHash OfFile(string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            for (int read; (read = stream.Read(block)) > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(block, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        return FromBytes(hash.GetHashAndReset());
    }
}
