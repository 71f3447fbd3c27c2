using SoundSearch.Query.Store;

namespace SoundSearch.Cli;

/// <summary>Finds the library's folder: --library, else $SOUNDSEARCH_LIBRARY, else FOLDER/.soundsearch.</summary>
internal static class LibraryLocation
{
    public const string Variable = "SOUNDSEARCH_LIBRARY", FolderName = ".soundsearch";

    public static string Find(DirectoryInfo? option, string? folder)
    {
        string? directory = option?.FullName ?? NotEmpty(Environment.GetEnvironmentVariable(Variable)) ?? (folder is null ? null : Path.Combine(folder, FolderName));
        return Path.GetFullPath(directory ?? Nearest()
            ?? throw new UsageException($"no library given and none found in this folder or above it. Name it with --library DIR or ${Variable}, or make one with 'soundsearch index FOLDER'."));
    }

    /// <summary>Without a hint, the library of the folder we are in, or of one above it, as git finds its own.</summary>
    private static string? Nearest()
    {
        for (DirectoryInfo? d = new(Environment.CurrentDirectory); d is not null; d = d.Parent)
        {
            string candidate = Path.Combine(d.FullName, FolderName);
            if (File.Exists(LibraryPaths.Database(candidate)))
            {
                return candidate;
            }
        }
        return null;
    }

    private static string? NotEmpty(string? value) => string.IsNullOrEmpty(value) ? null : value;
}
