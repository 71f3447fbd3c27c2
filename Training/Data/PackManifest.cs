using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Data;

/// <summary>
/// A folder of sounds with a manifest.csv beside them: path, set, label, title, seconds, fold, licence, credit; the
/// columns may come in any order, and only path is required.
/// </summary>
public static partial class PackManifest
{
    /// <summary>The sounds in the manifest's order.</summary>
    /// <exception cref="FileNotFoundException">There is no manifest.</exception>
    /// <exception cref="FileFormatException">No path column, or a path that leads out of the folder.</exception>
    public static IReadOnlyList<SoundSource> Read(string folder)
    {
        string manifest = Path.Combine(folder, "manifest.csv");
        if (!File.Exists(manifest))
        {
            throw new FileNotFoundException($"{manifest} does not exist. Expected there: a table of the folder's sounds (path, set, label, title, fold, licence, credit).", manifest);
        }
        var table = CsvTable.Read(manifest);
        table.Require("path");
        List<SoundSource> sources = [];
        string root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        for (int i = 0; i < table.Count; i++)
        {
            string path = table[i, "path"], set = table[i, "set"], file = Path.GetFullPath(Path.Combine(folder, path));
            if (path.Length == 0 || !file.StartsWith(root, StringComparison.Ordinal))
            {
                throw new FileFormatException(
                    manifest, 0, $"a path inside the folder in line {table.Line(i)}", $"'{path}'", "Correct the manifest.");
            }
            var info = new SoundInfo(
                path, set, table[i, "label"], Unescape(table[i, "title"]), table[i, "fold"], table[i, "licence"], table[i, "credit"], Group(path, set));
            sources.Add(new SoundSource(info, file));
        }
        return sources;
    }

    /// <summary>Titles hold Latin-1 letters as \xNN.</summary>
    internal static string Unescape(string title) =>
        HexEscape().Replace(title, m => ((char)Convert.ToInt32(m.Groups[1].Value, 16)).ToString());

    // ESC-50's names are FOLD-FREESOUND_ID-TAKE-CLASS: takes of one recording share the id. Elsewhere trailing numbers and
    // take letters tell one recording session's variants apart (walk_barefoot_5).
    private static string Group(string path, string set)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        if (set == "esc50" && name.Split('-') is { Length: 4 } parts)
        {
            return "esc50/" + parts[1];
        }
        string stem = Path.ChangeExtension(path, null).TrimEnd("0123456789_-. ".ToCharArray());
        return stem.Length > Path.GetDirectoryName(path)?.Length + 1 ? stem : path;
    }

    [GeneratedRegex(@"\\x([0-9a-fA-F]{2})")]
    private static partial Regex HexEscape();
}
