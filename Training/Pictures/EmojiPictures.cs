using System.Text.Json;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Emoji drawings of several npm packages with names and tags of one (emojibase-data, English). A file's name is its code points in
/// hexadecimal, joined by "-"; the variation selector FE0F is there in some packages and missing in others, so it is left out of account.
/// Skin tones are no things of their own and are passed over.
/// </summary>
public static class EmojiPictures
{
    private const string NamesFile = "package/en/data.json";

    /// <summary>Drawings that have a name.</summary>
    /// <param name="package">The drawings.</param>
    /// <param name="names">Of <see cref="Names"/>.</param>
    /// <param name="folder">Where the files go.</param>
    public static IReadOnlyList<PictureSource> Collect(NpmPackage package, IReadOnlyDictionary<string, string[]> names, string folder)
    {
        string set = package.Name[..package.Name.LastIndexOf('@')], root = Path.Combine(folder, package.Name.Replace('/', '-'));
        List<PictureSource> sources = [];
        foreach (string entry in package.Extract(root, e => IsDrawing(e) && names.ContainsKey(Key(Path.GetFileNameWithoutExtension(e)))))
        {
            string[] words = names[Key(Path.GetFileNameWithoutExtension(entry))];
            string licence = set == "openmoji" ? "CC-BY-SA-4.0" : $"see npm package {package.Name}";
            sources.Add(new PictureSource(new PictureInfo($"{set}/{Path.GetFileName(entry)}", set, PictureNames.Group(words[0]), words, licence), Path.Combine(root, entry)));
        }
        return sources;
    }

    /// <summary>Texts by code points: the name first, then the tags.</summary>
    /// <exception cref="FileFormatException">The package has no English names, or in another form.</exception>
    public static IReadOnlyDictionary<string, string[]> Names(NpmPackage package, string folder)
    {
        package.Extract(folder, e => e == NamesFile);
        string path = Path.Combine(folder, NamesFile);
        if (!File.Exists(path))
        {
            throw new FileFormatException(package.Archive, 0, NamesFile, "none", "Name a version of emojibase-data that has it.");
        }
        Dictionary<string, string[]> names = new(StringComparer.Ordinal);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (JsonElement e in document.RootElement.EnumerateArray())
            {
                string label = e.GetProperty("label").GetString() ?? "";
                string[] tags = e.TryGetProperty("tags", out JsonElement list) ? [.. list.EnumerateArray().Select(t => t.GetString() ?? "")] : [];
                string[] words = [.. tags.Prepend(label).Where(w => !string.IsNullOrWhiteSpace(w)).Distinct(StringComparer.OrdinalIgnoreCase)];
                // Letters on a blue square are a spelling alphabet, no pictures.
                if (words.Length > 0 && !label.StartsWith("regional indicator", StringComparison.Ordinal))
                {
                    names[Key(e.GetProperty("hexcode").GetString() ?? "")] = words;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FileFormatException(path, 0, "an array of objects with hexcode, label and tags", e.Message, "Name another version of emojibase-data.", e);
        }
        return names;
    }

    // The data sources come in four sizes; 64 pixels is what the towers see.
    internal static bool IsDrawing(string entry) =>
        (entry.StartsWith("package/color/svg/", StringComparison.Ordinal) && entry.EndsWith(".svg", StringComparison.OrdinalIgnoreCase))
        || (entry.StartsWith("package/img/", StringComparison.Ordinal) && entry.Contains("/64/", StringComparison.Ordinal) && entry.EndsWith(".png", StringComparison.OrdinalIgnoreCase));

    internal static string Key(string codes) => string.Join('-', codes.ToUpperInvariant().Split('-').Where(c => c != "FE0F").Select(c => c.TrimStart('0')));
}
