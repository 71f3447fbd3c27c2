using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace SoundSearch.Training.Pictures;

/// <summary>Names of things: which pictures show the same one, and which of them are held out.</summary>
public static partial class PictureNames
{
    /// <summary>"A frog." and "frog" to "frog": lower case, without article, number at the end and punctuation.</summary>
    public static string Group(string words)
    {
        string letters = NoLetter().Replace(words.ToLowerInvariant(), " ").Trim();
        string bare = Article().Replace(letters, "");
        return bare.Length > 0 ? bare : words.Trim().ToLowerInvariant();
    }

    /// <summary>Whether a name is never trained on: its hash decides alone, so that it stays so in every run and every store.</summary>
    /// <param name="group">Of <see cref="Group"/>, or any other name.</param>
    /// <param name="share">Share of names that are held out, 0..1.</param>
    public static bool IsHeldOut(string group, double share) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(group))) < share * (1L << 32);

    [GeneratedRegex(@"[^\p{L}\p{N}]+")]
    private static partial Regex NoLetter();

    [GeneratedRegex(@"^(an?|the|some)\s+(?=.)")]
    private static partial Regex Article();
}
