using System.Buffers.Binary;
using System.IO.Compression;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>Pickles taken apart into opcodes with their arguments (Lib/pickletools.py lists them).</summary>
internal static class PickleBytes
{
    /// <summary>The pickle of an archive that PyTorch wrote.</summary>
    public static byte[] OfArchive(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream stream = zip.Entries.Single(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)).Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    public static List<byte[]> Split(byte[] pickle)
    {
        List<byte[]> opcodes = [];
        for (int at = 0; at < pickle.Length;)
        {
            int length = 1 + Argument(pickle.AsSpan(at + 1), (char)pickle[at]);
            opcodes.Add(pickle[at..(at + length)]);
            at += length;
        }
        return opcodes;
    }

    private static int Argument(ReadOnlySpan<byte> rest, char opcode) => opcode switch
    {
        '\u0080' or 'K' or 'q' or 'h' or '\u0082' => 1,
        'M' or '\u0083' => 2,
        'J' or 'j' or 'r' or '\u0084' => 4,
        'G' or '\u0095' => 8,
        'U' or 'C' or '\u008A' or '\u008C' => 1 + rest[0],
        'T' or 'B' or 'X' or '\u008B' => 4 + BinaryPrimitives.ReadInt32LittleEndian(rest),
        '\u008D' or '\u008E' or '\u0096' => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(rest),
        'c' or 'i' => 1 + rest.IndexOf((byte)'\n') + 1 + rest[(rest.IndexOf((byte)'\n') + 1)..].IndexOf((byte)'\n'),
        'I' or 'L' or 'F' or 'S' or 'V' or 'P' or 'g' or 'p' => 1 + rest.IndexOf((byte)'\n'),
        _ => 0,
    };
}
