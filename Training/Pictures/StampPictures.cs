using System.Text.RegularExpressions;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pictures;

/// <summary>
/// Tux Paint's stamps: a picture, beside it NAME.txt, whose first line describes it in English, and for some NAME.ogg or NAME.wav, the
/// sound of it (NAME_desc*.ogg are spoken and are passed over).
/// </summary>
public static partial class StampPictures
{
    public const string Set = "tuxpaint-stamps";

    private static readonly string[] pictureExtensions = [".png", ".svg"], soundExtensions = [".ogg", ".wav"];

    /// <summary>Pictures with a description below a folder, and the sounds of such pictures, labelled with it.</summary>
    public static (IReadOnlyList<PictureSource> Pictures, IReadOnlyList<SoundSource> Sounds) Collect(string folder, string licence)
    {
        List<PictureSource> pictures = [];
        List<SoundSource> sounds = [];
        foreach (string file in Directory.EnumerateFiles(folder, "*.txt", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(StringComparer.Ordinal))
        {
            string stem = Path.ChangeExtension(file, null);
            string all = Description(File.ReadLines(file).FirstOrDefault() ?? ""), words = all.Split(". ")[0]; // the first sentence names it
            // Drawings that come in both forms are drawn once.
            string? picture = pictureExtensions.Select(e => stem + e).FirstOrDefault(File.Exists);
            if (words.Length == 0 || picture is null)
            {
                continue;
            }
            string name = PathOf(picture), group = PictureNames.Group(words);
            string title = Digits().Replace(Path.GetFileName(stem).Replace('_', ' ').Replace('-', ' '), "").Trim();
            bool told = title.Length > 2 && PictureNames.Group(title) != group;
            string[] texts = [words, .. all == words ? Array.Empty<string>() : [all[(words.Length + 2)..]], .. told ? [title] : Array.Empty<string>()];
            pictures.Add(new PictureSource(new PictureInfo(name, Set, group, texts, licence), picture));
            foreach (string sound in soundExtensions.Select(e => stem + e).Where(File.Exists).Take(1))
            {
                sounds.Add(new SoundSource(new SoundInfo(PathOf(sound), Set, "", words, "", licence, "Debian package tuxpaint-stamps-default", group), sound));
            }
        }
        return (pictures, sounds);

        string PathOf(string file) => $"{Set}/{Path.GetRelativePath(folder, file).Replace('\\', '/')}";
    }

    /// <summary>"A frog." to "a frog".</summary>
    internal static string Description(string line) => line.Contains('=') ? "" : line.Trim().TrimEnd('.', '!').Trim().ToLowerInvariant();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Digits();
}
