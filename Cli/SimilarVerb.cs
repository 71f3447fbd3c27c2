using System.CommandLine;
using SoundSearch.Engine.Models;
using SoundSearch.Indexer;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Cli;

/// <summary>soundsearch similar FILE: sounds like this one, which need not be in the library.</summary>
internal static class SimilarVerb
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A sound, or the address of one that was imported." };
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<int> k = CommonOptions.Count();
        Option<string?> where = CommonOptions.Where(), model = CommonOptions.Model();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("similar", "Find sounds like a given one.") { file, library, k, where, model, json };
        command.SetAction(parsed => Run(
            LibraryPaths.Full(parsed.GetRequiredValue(file)), LibraryLocation.Find(parsed.GetValue(library), null), parsed.GetValue(model),
            parsed.GetValue(k), parsed.GetValue(where), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string file, string directory, string? model, int k, string? where, bool json)
    {
        bool address = LibraryPaths.IsAddress(file);
        if (!address && !File.Exists(file))
        {
            throw new UsageException($"{file} does not exist.");
        }
        using SoundLibrary library = SoundLibrary.Open(directory);
        if (library.TryGetEmbedding(file, new float[library.Model.Dimensions]))
        {
            return Results.Print(library.Similar(file, k, where), json);
        }
        if (address)
        {
            throw new UsageException($"{file} is not in the library. Addresses are written as searches show them.");
        }
        using SoundModel sounds = LibraryModel.Open(directory, model);
        if (sounds.Fingerprint != library.Model.Fingerprint)
        {
            throw new UsageException($"the library was made with another model ({library.Model.Model}) than {sounds.Folder}.");
        }
        return Results.Print(library.Similar(SoundEncoder.EncodeWhole(file, new IndexModel(sounds)), k, where), json);
    }
}
