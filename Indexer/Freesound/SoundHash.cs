using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SoundSearch.Indexer.Freesound;

/// <summary>SHA-256 over all that a library keeps of a sound: tells whether it changed. Never that of a file's bytes, which has no such beginning.</summary>
internal static class SoundHash
{
    public static ContentHash Of(FreesoundSound sound, ReadOnlySpan<Half> vector)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        FreesoundSound words = sound with { Vector = null };
        hash.AppendData(Encoding.UTF8.GetBytes($"soundsearch {words}\n"));
        hash.AppendData(MemoryMarshal.AsBytes(vector));
        return ContentHash.FromBytes(hash.GetHashAndReset());
    }
}
