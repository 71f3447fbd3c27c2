using System.CommandLine;
using SoundSearch.Query;

namespace SoundSearch.Cli;

/// <summary>soundsearch verify: check a library from end to end.</summary>
internal static class VerifyVerb
{
    public static Command Create()
    {
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("verify", "Check a library from end to end: database, vectors, graph and its recall.") { library, json };
        command.SetAction(parsed => Run(LibraryLocation.Find(parsed.GetValue(library), null), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string directory, bool json)
    {
        using SoundLibrary library = SoundLibrary.Open(directory);
        VerifyReport report = library.Verify();
        if (json)
        {
            Output.Json(report);
        }
        else
        {
            Console.Out.WriteLine($"{report.Files:N0} files, {report.Failed:N0} unreadable; {report.GoodVectors:N0} of {report.Segments:N0} vectors good; graph: {report.Cache}{(report.Recall is { } recall ? $", recall@10 {recall:0.000}" : "")}; {report.Seconds:0.0} s");
        }
        foreach (string problem in report.Problems)
        {
            Console.Error.WriteLine($"soundsearch: {problem}");
        }
        return report.Ok ? Runner.Done : Runner.Failed;
    }
}
