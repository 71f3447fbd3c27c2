using System.CommandLine;
using SoundSearch.Indexer;
using SoundSearch.Query;
using SoundSearch.Query.Filters;

namespace SoundSearch.Cli;

/// <summary>Parses, runs, and turns every failure into one clear line and an exit code: 0 done, 1 failed, 2 wrong usage.</summary>
internal static class Runner
{
    public const int Done = 0, Failed = 1, WrongUsage = 2;

    public static int Run(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct())
            {
                Console.Error.WriteLine($"soundsearch: {message}");
            }
            Console.Error.WriteLine("Run 'soundsearch --help' or 'soundsearch VERB --help'.");
            return WrongUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is UsageException or FilterSyntaxException)
        {
            Console.Error.WriteLine($"soundsearch: {e.Message}");
            return WrongUsage;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("soundsearch: stopped. What was finished is kept; the same command goes on from there.");
            return Failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LibraryException or EncoderException or ArgumentException or InvalidOperationException)
        {
            // ArgumentException appends the name of a parameter, which means nothing to who types commands.
            string name = e is ArgumentException { ParamName: { } parameter } ? $" (Parameter '{parameter}')" : "";
            Console.Error.WriteLine($"soundsearch: {(name.Length > 0 ? e.Message.Replace(name, "", StringComparison.Ordinal) : e.Message)}");
            return Failed;
        }
    }
}
