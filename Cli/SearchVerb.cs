using System.CommandLine;
using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Query;

namespace SoundSearch.Cli;

/// <summary>soundsearch search TEXT [FOLDER]: with a folder, what changed in it is indexed first.</summary>
internal static class SearchVerb
{
    public static Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "What it sounds like, for example \"heavy rain on a tin roof\"." };
        var folder = new Argument<DirectoryInfo?>("FOLDER") { Description = "Index what changed in this folder first.", Arity = ArgumentArity.ZeroOrOne };
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<string?> where = CommonOptions.Where(), model = CommonOptions.Model();
        Option<int> k = CommonOptions.Count(), threads = CommonOptions.Threads();
        var vectorOnly = new Option<bool>("--vector-only") { Description = "Only the sound counts, not file names and descriptions." };
        var wordsOnly = new Option<bool>("--words-only") { Description = "Only file names and descriptions count." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("search", "Find sounds by description.") { text, folder, library, k, where, vectorOnly, wordsOnly, model, threads, json };
        command.SetAction(parsed =>
        {
            var request = new SearchRequest
            {
                Text = parsed.GetRequiredValue(text),
                K = parsed.GetValue(k),
                VectorOnly = parsed.GetValue(vectorOnly),
                WordsOnly = parsed.GetValue(wordsOnly),
                Where = parsed.GetValue(where),
            };
            return Run(request, parsed.GetValue(folder)?.FullName, parsed.GetValue(library), parsed.GetValue(model), parsed.GetValue(threads), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(SearchRequest request, string? folder, DirectoryInfo? library, string? model, int threads, bool json)
    {
        if (string.IsNullOrWhiteSpace(request.Text))
        {
            throw new UsageException("TEXT is empty: say what the sound is like.");
        }
        if (request.VectorOnly && request.WordsOnly)
        {
            throw new UsageException("--vector-only and --words-only exclude each other.");
        }
        string directory = LibraryLocation.Find(library, folder);
        if (folder is not null)
        {
            if (!Directory.Exists(folder))
            {
                throw new UsageException($"{folder} is not a folder.");
            }
            using SoundModel sounds = LibraryModel.Open(directory, model);
            Indexing.Complain(Indexing.Run([folder], directory, sounds, threads, gentle: false));
            return Search(request, directory, sounds, json);
        }
        if (request.WordsOnly)
        {
            using SoundLibrary words = SoundLibrary.Open(directory);
            return Results.Print(words.Search(request), json);
        }
        using SoundModel remembered = LibraryModel.Open(directory, model);
        return Search(request, directory, remembered, json);
    }

    private static int Search(SearchRequest request, string directory, SoundModel model, bool json)
    {
        // Hashing a large model takes as long as loading its text tower: both at once.
        Task<string> fingerprint = Task.Run(() => model.Fingerprint);
        ITextEncoder? text = request.WordsOnly ? null : model.Text;
        using SoundLibrary open = SoundLibrary.Open(directory, text, fingerprint.GetAwaiter().GetResult());
        return Results.Print(open.Search(request), json);
    }
}
