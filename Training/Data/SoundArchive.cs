using System.IO.Compression;

namespace SoundSearch.Training.Data;

/// <summary>Takes the sounds out of a zip archive (pk3, wz and the like), trusting nothing in it.</summary>
public static class SoundArchive
{
    private const long MaxEntryBytes = 512L << 20;
    private const long MaxTotalBytes = 4L << 30;

    /// <summary>Writes the entries with one of the extensions (".ogg", in lower case) below target; returns how many.</summary>
    /// <exception cref="InvalidDataException">No zip archive; an entry leads out of target; or the entries are absurdly large.</exception>
    public static int Extract(string archive, string target, IReadOnlySet<string> extensions)
    {
        using ZipArchive zip = ZipFile.OpenRead(archive);
        string root = Path.GetFullPath(target) + Path.DirectorySeparatorChar;
        long total = 0;
        int count = 0;
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            string name = entry.FullName.Replace('\\', '/');
            if (!extensions.Contains(Path.GetExtension(name).ToLowerInvariant()) || Path.GetFileName(name).Length == 0)
            {
                continue;
            }
            string path = Path.GetFullPath(Path.Combine(target, name));
            if (!path.StartsWith(root, StringComparison.Ordinal))
            {
                throw new InvalidDataException($"{archive}: the entry '{entry.FullName}' leads out of the archive's folder.");
            }
            total += entry.Length;
            if (entry.Length > MaxEntryBytes || total > MaxTotalBytes)
            {
                throw new InvalidDataException($"{archive}: '{entry.FullName}' brings the contents to {total} bytes; {MaxTotalBytes} is the limit.");
            }
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using Stream input = entry.Open();
            using FileStream output = File.Create(path);
            Copy(input, output, entry.Length, archive);
            count++;
        }
        return count;
    }

    // An entry's header may lie about its length.
    private static void Copy(Stream input, Stream output, long length, string archive)
    {
        byte[] buffer = new byte[1 << 16];
        for (int got; (got = input.Read(buffer)) > 0;)
        {
            length -= got;
            if (length < 0)
            {
                throw new InvalidDataException($"{archive}: an entry is longer than its header says.");
            }
            output.Write(buffer, 0, got);
        }
    }
}
