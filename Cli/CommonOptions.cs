using System.CommandLine;

namespace SoundSearch.Cli;

/// <summary>Options that several verbs share, with one wording. Each call makes a new one: an option belongs to one command.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document." };

    public static Option<DirectoryInfo?> Library() =>
        new("--library") { Description = "Where the library lives; else $SOUNDSEARCH_LIBRARY, else FOLDER/.soundsearch.", HelpName = "DIR" };

    public static Option<string?> Model() =>
        new("--model") { Description = "Name of an installed model, or a model folder (default: pocket).", HelpName = "NAME|DIR" };

    public static Option<int> Threads()
    {
        var option = new Option<int>("--threads") { Description = "Threads to use (default: all cores).", DefaultValueFactory = _ => Environment.ProcessorCount };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1024)
            {
                result.AddError("--threads takes a number from 1 to 1024.");
            }
        });
        return option;
    }

    public static Option<bool> Gentle() => new("--gentle") { Description = "Run at idle priority, so that other work is not slowed down." };

    public static Option<int> Count()
    {
        var option = new Option<int>("-k") { Description = "How many results.", DefaultValueFactory = _ => 10 };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > Query.SearchRequest.MaxK)
            {
                result.AddError($"-k takes a number from 1 to {Query.SearchRequest.MaxK}.");
            }
        });
        return option;
    }

    public static Option<string?> Where() =>
        new("--where") { Description = "Only files for which this holds, for example \"duration < 5 and path like '%dogs%'\".", HelpName = "EXPR" };
}
