using System.CommandLine;
using System.CommandLine.Parsing;
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
            foreach (ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"soundsearch: {error.Message}");
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
            Console.Error.WriteLine($"soundsearch: {e.Message}");
            return Failed;
        }
    }
}
