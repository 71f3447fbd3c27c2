using System.Security.Cryptography;
using System.Text;

namespace SoundSearch.Training.Run;

/// <summary>Tells one set of training data from another on a run's card: stores by their indexes, which hold a checksum of every item, and lists by their bytes.</summary>
public static class DataHash
{
    /// <summary>SHA-256 of a list that a person may have corrected.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string OfFile(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>One hash for several: the first 16 hex digits of the SHA-256 of all, in order.</summary>
    public static string Of(IEnumerable<string> hashes) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', hashes))))[..16];
}
