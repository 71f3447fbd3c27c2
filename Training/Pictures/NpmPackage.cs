using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// A package of the npm registry, fetched with <c>npm pack</c> unless its archive is at hand already; nothing in it is installed or run.
/// </summary>
public sealed partial class NpmPackage
{
    private const long MaxEntryBytes = 64L << 20, MaxTotalBytes = 1L << 30;

    private NpmPackage(string name, string archive) => (Name, Archive) = (name, archive);

    /// <summary>NAME@VERSION.</summary>
    public string Name { get; }

    /// <summary>The .tgz file.</summary>
    public string Archive { get; }

    /// <summary>Finds the archive in one of the folders, or fetches it into the first.</summary>
    /// <param name="name">NAME@VERSION.</param>
    /// <param name="folders">The first is made if absent.</param>
    /// <exception cref="ArgumentException">The name is none, or has no version.</exception>
    /// <exception cref="IOException">It is not at hand and cannot be fetched.</exception>
    public static NpmPackage Fetch(string name, params IReadOnlyList<string> folders)
    {
        if (!NameAndVersion().IsMatch(name))
        {
            throw new ArgumentException($"'{name}' is no npm package with its version, like openmoji@17.0.0.", nameof(name));
        }
        string file = name.TrimStart('@').Replace('/', '-').Replace('@', '-') + ".tgz";
        string? found = folders.Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists);
        if (found is null)
        {
            Directory.CreateDirectory(folders[0]);
            DataTool.Run("npm", folders[0], "pack", name, "--silent");
            found = Path.Combine(folders[0], file);
        }
        return File.Exists(found) ? new NpmPackage(name, found) : throw new IOException($"npm pack {name} left no {file} in {folders[0]}.");
    }

    /// <summary>Writes the entries that are wanted below a folder and returns their names; what is there already is left alone.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="wanted">Told names like package/img/a.png.</param>
    /// <exception cref="FileFormatException">The archive is damaged, an entry leads out of the folder, or they are absurdly large.</exception>
    public IReadOnlyList<string> Extract(string folder, Func<string, bool> wanted)
    {
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        List<string> names = [];
        long total = 0;
        try
        {
            using FileStream file = File.OpenRead(Archive);
            using var zip = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(zip);
            while (tar.GetNextEntry() is { } entry)
            {
                // Links and devices have no business in a package of pictures, and may lead anywhere.
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !wanted(entry.Name))
                {
                    continue;
                }
                string path = Path.GetFullPath(Path.Combine(folder, entry.Name));
                total += entry.Length;
                if (!path.StartsWith(root, StringComparison.Ordinal) || entry.Length > MaxEntryBytes || total > MaxTotalBytes)
                {
                    throw new FileFormatException(Archive, 0, "entries within the folder, of sizes that pictures have", $"'{entry.Name}' of {entry.Length} bytes", "Fetch the package again.");
                }
                if (!File.Exists(path) || new FileInfo(path).Length != entry.Length)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    entry.ExtractToFile(path, overwrite: true);
                }
                names.Add(entry.Name);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new FileFormatException(Archive, 0, "a gzipped tar archive", e.Message, "Fetch the package again.", e);
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    [GeneratedRegex(@"^(@[a-z0-9][a-z0-9._-]*/)?[a-z0-9][a-z0-9._-]*@[0-9][0-9A-Za-z.+-]*$")]
    private static partial Regex NameAndVersion();
}
