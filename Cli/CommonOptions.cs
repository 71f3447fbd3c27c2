using System.CommandLine;
using System.Globalization;
using SoundSearch.Engine.Kernels;
using SoundSearch.Training.Run;

namespace SoundSearch.Cli;

/// <summary>Options that several verbs share, with one wording. Each call makes a new one: an option belongs to one command.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON document." };

    public static Option<DirectoryInfo?> Library() =>
        new("--library") { Description = "Where the library lives; else $SOUNDSEARCH_LIBRARY, else FOLDER/.soundsearch.", HelpName = "DIR" };

    public static Option<string?> Model() =>
        new("--model") { Description = "Name of an installed model, or a model folder (default: pocket).", HelpName = "NAME|DIR" };

    public static Option<int> Threads() => InRange<int>(
        new("--threads") { Description = "Threads to use (default: all cores).", DefaultValueFactory = _ => Environment.ProcessorCount }, 1, 1024);

    public static Option<Precision> Precision() => new("--precision")
    {
        Description = "Of the encoders: float32, int8 (faster, vectors as good as the same) or bfloat16 (needs oneDNN and a processor that has it).",
        HelpName = "float32|bfloat16|int8",
    };

    public static Option<TrainingPrecision?> TrainingPrecision() => new("--precision")
    {
        Description = "Of the products in training; weights stay float32. bfloat16 needs oneDNN and a processor that has it, bfloat16Managed rounds alike on any, no faster.",
        HelpName = "float32|bfloat16|bfloat16Managed",
    };

    public static Option<bool> Gentle() => new("--gentle") { Description = "Run at idle priority, so that other work is not slowed down." };

    public static Option<int> Count() =>
        InRange<int>(new("-k") { Description = "How many results.", DefaultValueFactory = _ => 10 }, 1, Query.SearchRequest.MaxK);

    public static Option<string?> Where() =>
        new("--where") { Description = "Only files for which this holds, for example \"duration < 5 and path like '%dogs%'\".", HelpName = "EXPR" };

    /// <summary>A number that may be left out.</summary>
    public static Option<int?> OptionalNumber(string name, string description, int from, int to) =>
        InRange(new Option<int?>(name) { Description = description, HelpName = "N" }, from, to);

    private static Option<T> InRange<T>(Option<T> option, int from, int to)
    {
        option.Validators.Add(result =>
        {
            // What is no number at all the parser reports by itself.
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int value) && (value < from || value > to))
            {
                result.AddError($"{option.Name} takes a number from {from} to {to}, not {value}.");
            }
        });
        return option;
    }
}
