namespace SoundSearch.Engine.Audio;

/// <summary>The sound files below a folder, by their extensions.</summary>
public static class SoundFiles
{
    /// <summary>By name; hidden files and links are left out, as in indexing.</summary>
    public static IEnumerable<string> In(string folder) => Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = true,
            AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
        })
        .Where(f => AudioFile.Extensions.Contains(Path.GetExtension(f)))
        .Order(StringComparer.Ordinal);
}
