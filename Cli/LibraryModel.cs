using SoundSearch.Engine.Models;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Cli;

/// <summary>The model that a library was made with, unless the user names one.</summary>
internal static class LibraryModel
{
    public static SoundModel Open(string directory, string? model)
    {
        if (model is null && File.Exists(LibraryPaths.Database(directory)))
        {
            using SoundLibrary library = SoundLibrary.Open(directory);
            model = library.Model.Model;
        }
        return ModelLocation.Open(model);
    }
}
