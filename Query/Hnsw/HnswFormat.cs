using System.Security.Cryptography;
using System.Text;

namespace SoundSearch.Query.Hnsw;

/// <summary>
/// The file of an <see cref="HnswIndex"/>: a cache derived from the library's database, replaced as a whole, never edited.
/// Little-endian. A header of 256 bytes, then ten sections, each beginning at a multiple of 64 bytes and padded with zeros
/// to the next one; their sizes follow from the header's counts and must add up to the file's length exactly.
/// <code>
///   0..8    magic 89 53 53 41 4E 4E 0D 0A        80..84   top layer, -1 when empty
///   8..12   kind, 1 = HNSW, int8 and half        84..88   upper lists
///  12..16   version of this format, 1            88..92   copies
///  16..24   generation of the library            92..96   removed
///  24..56   SHA-256 of the model's fingerprint   96..104  seed
///  56..60   dimensions                          104..112  length of the file
///  60..64   count of vectors                    112..152  CRC-32C of each section with its padding
///  64..68   M                                   152..252  zero
///  68..72   efConstruction                      252..256  CRC-32C of bytes 0..252
///  72..76   efSearch, the default
///  76..80   entry point, -1 when empty
/// </code>
/// Sections, in order: removed (bits, u64), keys (i64, ascending), levels (u8, 255 = a copy), next copy (i32), first upper
/// list (i32), links of layer 0 (i32 x 2 M), links of upper layers (i32 x M per list), scales (f32), codes (i8, rows padded
/// to 64 bytes), vectors (f16).
///
/// Deviations from Malkov and Yashunin (2018), in all of this folder:
/// 1. Nodes are linked in batches (at most a sixteenth of the graph, at most 512). Each node of a batch searches the graph as
///    it was before, and is compared with all others of its batch; links back are then made per target. That is what makes a
///    build parallel and its result independent of threads.
/// 2. A target's list is pruned once per batch, over its links and all new ones, not once per link.
/// 3. Vectors equal in every bit are one node with a chain of copies (as pgvector keeps several rows per element): a library
///    with ten thousand silent windows would otherwise hold a clump without a way out.
/// 4. A node's level is drawn from its place and the seed, P(level >= l) = M^-l, in integers.
/// 5. The graph is built and walked on int8 codes; the candidates that are left are ranked by the half-precision vectors.
/// 6. Nodes that no path reaches after linking get one from the nearest node with a link to spare.
/// 7. A filtered search that has compared as many nodes as the filter allows stops and scans the allowed ones instead.
/// </summary>
internal static class HnswFormat
{
    public const int MagicOffset = 0;            // 0..8
    public const int KindOffset = 8;             // 8..12
    public const int VersionOffset = 12;         // 12..16
    public const int GenerationOffset = 16;      // 16..24
    public const int FingerprintOffset = 24;     // 24..56
    public const int DimensionsOffset = 56;      // 56..60
    public const int CountOffset = 60;           // 60..64
    public const int MOffset = 64;               // 64..68
    public const int EfConstructionOffset = 68;  // 68..72
    public const int EfSearchOffset = 72;        // 72..76
    public const int EntryOffset = 76;           // 76..80
    public const int TopLayerOffset = 80;        // 80..84
    public const int UpperListsOffset = 84;      // 84..88
    public const int CopiesOffset = 88;          // 88..92
    public const int RemovedOffset = 92;         // 92..96
    public const int SeedOffset = 96;            // 96..104
    public const int FileLengthOffset = 104;     // 104..112
    public const int SectionChecksOffset = 112;  // 112..152
    public const int ZeroOffset = 152;           // 152..252
    public const int HeaderCheckOffset = 252;    // 252..256
    public const int HeaderBytes = 256;
    public const int SectionAlignment = 64;

    public const int Kind = 1;
    public const int Version = 1;

    public const int Removed = 0;
    public const int Keys = 1;
    public const int Levels = 2;
    public const int NextCopies = 3;
    public const int UpperStarts = 4;
    public const int BaseLinks = 5;
    public const int UpperLinks = 6;
    public const int Scales = 7;
    public const int Codes = 8;
    public const int Vectors = 9;
    public const int Sections = 10;

    /// <summary>The first byte is no text, then the name, then a line end that a text-mode copy would change (as in PNG).</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'S', (byte)'S', (byte)'A', (byte)'N', (byte)'N', 0x0D, 0x0A];

    public static ReadOnlySpan<string> SectionNames =>
        (string[])["removed", "keys", "levels", "next copies", "upper starts", "base links", "upper links", "scales", "codes", "vectors"];

    public static byte[] Hash(string fingerprint) => SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint));

    public static long Align(long length) => (length + SectionAlignment - 1) / SectionAlignment * SectionAlignment;

    /// <summary>Bytes of each section without padding.</summary>
    public static void SectionLengths(in HnswHeader h, Span<long> lengths)
    {
        long n = h.Count;
        lengths[Removed] = (n + 63) / 64 * sizeof(ulong);
        lengths[Keys] = n * sizeof(long);
        lengths[Levels] = n;
        lengths[NextCopies] = n * sizeof(int);
        lengths[UpperStarts] = n * sizeof(int);
        lengths[BaseLinks] = n * 2 * h.M * sizeof(int);
        lengths[UpperLinks] = (long)h.UpperLists * h.M * sizeof(int);
        lengths[Scales] = n * sizeof(float);
        lengths[Codes] = n * VectorKernels.CodeStride(h.Dimensions);
        lengths[Vectors] = n * h.Dimensions * sizeof(short);
    }

    /// <summary>Where each section begins, and the file's length.</summary>
    public static long SectionStarts(in HnswHeader h, Span<long> starts)
    {
        Span<long> lengths = stackalloc long[Sections];
        SectionLengths(h, lengths);
        long at = HeaderBytes;
        for (int s = 0; s < Sections; s++)
        {
            starts[s] = at;
            at += Align(lengths[s]);
        }
        return at;
    }
}
