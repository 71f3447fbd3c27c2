using System.Text.RegularExpressions;
using SoundSearch.Engine.Audio;

namespace SoundSearch.Training.Data;

/// <summary>
/// Sounds out of Debian's data packages: fetched with <c>apt-get download</c> unless their files are at hand already,
/// unpacked with <c>dpkg-deb -x</c> (nothing is installed and nothing in them is run), game archives inside unpacked as well.
/// The list is a CSV with columns package and what; packages of nothing but music or speech are passed over.
/// </summary>
/// <param name="work">Folder for downloads and unpacked packages; what is there already is used again.</param>
/// <param name="packages">A folder of .deb files to look in before downloading, or null.</param>
public sealed partial class DebianSounds(string work, string? packages = null)
{
    private const string DoneSuffix = ".done"; // a file that holds the version; written when all is unpacked

    private static readonly string[] Archives = [".pk3", ".pk4", ".wz", ".zip"];

    /// <summary>What was found in each package so far.</summary>
    public List<DebianPackage> Packages { get; } = [];

    /// <summary>Packages that could not be had, with the reason.</summary>
    public List<(string Package, string Reason)> Failed { get; } = [];

    /// <summary>Fetches and unpacks what is missing and lists the sounds, by package and path; report is told each package's name.</summary>
    public IReadOnlyList<SoundSource> Collect(string listPath, Action<string>? report = null, CancellationToken cancel = default)
    {
        var list = CsvTable.Read(listPath);
        list.Require("package");
        List<SoundSource> sources = [];
        for (int i = 0; i < list.Count; i++)
        {
            string package = list[i, "package"], what = list[i, "what"];
            if (what is "music" or "speech")
            {
                continue;
            }
            cancel.ThrowIfCancellationRequested();
            report?.Invoke($"{package} ({i + 1} of {list.Count})");
            try
            {
                sources.AddRange(Collect(package, what));
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or InvalidDataException or UnauthorizedAccessException)
            {
                Failed.Add((package, e.Message));
            }
        }
        return sources;
    }

    /// <summary>The packages as a Markdown table for a model's page.</summary>
    public string LicenceTable() =>
        "| package | version | sounds | licences (its copyright file) |\n|---|---|---|---|\n"
        + string.Concat(Packages.Where(p => p.Sounds > 0).Select(p => $"| {p.Name} | {p.Version} | {p.Sounds} | {p.Licences} |\n"));

    /// <summary>Spoken names and dialogue, by path: a sound model learns nothing of them.</summary>
    internal static bool IsSpeech(string path) => SpeechPath().IsMatch(path);

    /// <summary>How often to draw a sound of this path: 1 for effects, less for music, voices and single notes.</summary>
    internal static float WeightOf(string path, string what) =>
        MusicPath().IsMatch(path) ? 0.15f : VoicePath().IsMatch(path) ? 0.2f : what.Contains("instruments") ? 0.5f : what.Contains("keys") ? 0.6f : 1;

    /// <summary>Licence short names of a copyright file: "License:" fields, or known names in free text.</summary>
    internal static string LicencesOf(string copyright)
    {
        List<string> names = [.. LicenceField().Matches(copyright).Select(m => m.Groups[1].Value.Trim()).Where(n => n.Length > 0)];
        if (names.Count == 0)
        {
            names = [.. LicenceMention().Matches(copyright).Select(m => m.Value.Trim())];
        }
        return names.Count == 0 ? "in words of its own" : string.Join(", ", names.Distinct(StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>Fetches and unpacks a package, unless that was done before, and returns the folder.</summary>
    /// <exception cref="IOException">It cannot be had.</exception>
    public string Unpack(string package)
    {
        string root = Path.Combine(work, "unpacked", package), done = root + DoneSuffix;
        if (!File.Exists(done))
        {
            string deb = Find(package) ?? Download(package);
            if (Directory.Exists(root))
            {
                Directory.Delete(root, recursive: true);
            }
            Directory.CreateDirectory(root);
            DataTool.Run("dpkg-deb", work, "-x", Path.GetFullPath(deb), Path.GetFullPath(root));
            foreach (string archive in Files(root).Where(f => Archives.Contains(Path.GetExtension(f).ToLowerInvariant())).ToList())
            {
                SoundArchive.Extract(archive, archive + ".contents", AudioFile.Extensions);
            }
            File.WriteAllText(done, Path.GetFileName(deb).Split('_') is { Length: >= 2 } parts ? Uri.UnescapeDataString(parts[1]) : "");
        }
        return root;
    }

    /// <summary>Licence short names of an unpacked package.</summary>
    public static string LicencesIn(string root, string package)
    {
        string copyright = Path.Combine(root, "usr/share/doc", package, "copyright");
        return File.Exists(copyright) ? LicencesOf(File.ReadAllText(copyright)) : "";
    }

    private List<SoundSource> Collect(string package, string what)
    {
        string root = Unpack(package);
        string licences = LicencesIn(root, package);
        List<SoundSource> sources = [];
        int skipped = 0;
        foreach (string file in Files(root).Where(f => AudioFile.Extensions.Contains(Path.GetExtension(f).ToLowerInvariant())))
        {
            string path = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (IsSpeech(path))
            {
                skipped++;
                continue;
            }
            string title = DataFolder().Replace(Path.ChangeExtension(path, null).Replace(".contents", ""), "");
            var info = new SoundInfo(
                $"{package}/{path}", package, "", title, "", licences, $"Debian package {package}", $"{package}/{title.TrimEnd("0123456789_- ".ToCharArray())}",
                WeightOf(path, what));
            sources.Add(new SoundSource(info, file));
        }
        Packages.Add(new DebianPackage(package, File.ReadAllText(root + DoneSuffix), what, licences, sources.Count, skipped));
        return sources;
    }

    private string? Find(string package) =>
        new[] { packages, Path.Combine(work, "downloads") }
            .Where(d => Directory.Exists(d)).SelectMany(d => Directory.EnumerateFiles(d!, package + "_*.deb")).Order(StringComparer.Ordinal).FirstOrDefault();

    private string Download(string package)
    {
        string downloads = Path.Combine(work, "downloads");
        Directory.CreateDirectory(downloads);
        DataTool.Run("apt-get", downloads, "download", package);
        return Find(package) ?? throw new IOException($"apt-get download {package} left no .deb file in {downloads}");
    }

    // Links are not followed: a package may link to anywhere.
    private static IEnumerable<string> Files(string root) =>
        Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"_desc(_|\.)|/speech/|/speak|/lang(uages?)?/[a-z]{2}|/(ktuberling|klettres)/", RegexOptions.IgnoreCase)]
    private static partial Regex SpeechPath();

    [GeneratedRegex(@"music|/songs?/|soundtrack|/tracks?/", RegexOptions.IgnoreCase)]
    private static partial Regex MusicPath();

    [GeneratedRegex(@"voice|/vocals?/|/dialog|/kajongg/|/audio/[a-z]{2}/", RegexOptions.IgnoreCase)]
    private static partial Regex VoicePath();

    [GeneratedRegex(@"^(usr/)?(share/|lib/)?(games/)?(sounds/)?")]
    private static partial Regex DataFolder();

    [GeneratedRegex(@"^License:[ \t]*(.*)$", RegexOptions.Multiline)]
    private static partial Regex LicenceField();

    [GeneratedRegex(@"GNU (Lesser |Library )?General Public License|Creative Commons [\w-]+(-[\w]+)*( [\d.]+)?|CC[- ]BY[\w.-]*( [\d.]+)?|CC0|public domain|\bMIT\b|\bBSD\b|Artistic License|GPLv[23]", RegexOptions.IgnoreCase)]
    private static partial Regex LicenceMention();
}
