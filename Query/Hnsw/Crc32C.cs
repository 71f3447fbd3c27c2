using System.Numerics;
using System.Runtime.CompilerServices;

namespace SoundSearch.Query.Hnsw;

/// <summary>CRC-32C (Castagnoli), as in iSCSI (RFC 3720, B.4): the check value of "123456789" is 0xE3069283.</summary>
internal static unsafe class Crc32C
{
    public const uint Start = 0xFFFFFFFF;

    /// <summary>Continues a running value; begin with <see cref="Start"/> and finish with <see cref="Finish"/>.</summary>
    /// <remarks>Compiled optimised at once: a program that opens one index and ends would else run the first tier's code, at 0.1 GB/s.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Append(uint crc, byte* data, long length)
    {
        byte* end = data + length;
        for (; end - data >= sizeof(ulong); data += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(data));
        }
        for (; data < end; data++)
        {
            crc = BitOperations.Crc32C(crc, *data);
        }
        return crc;
    }

    public static uint Finish(uint crc) => ~crc;

    public static uint Of(byte* data, long length) => Finish(Append(Start, data, length));

    public static uint Of(ReadOnlySpan<byte> data)
    {
        fixed (byte* p = data)
        {
            return Of(p, data.Length);
        }
    }
}
