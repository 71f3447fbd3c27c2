using System.CommandLine;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Indexer;

namespace SoundSearch.Cli;

/// <summary>soundsearch index FOLDER...</summary>
internal static class IndexVerb
{
    public static Command Create()
    {
        var folders = new Argument<DirectoryInfo[]>("FOLDER") { Description = "Folders of sounds.", Arity = ArgumentArity.OneOrMore };
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<string?> model = CommonOptions.Model();
        Option<Precision> precision = CommonOptions.Precision();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> gentle = CommonOptions.Gentle(), json = CommonOptions.Json();
        var command = new Command("index", "Index folders of sounds; only what is new or changed is read.") { folders, library, model, precision, threads, gentle, json };
        command.SetAction(parsed => Run(
            [.. parsed.GetRequiredValue(folders).Select(f => f.FullName)], parsed.GetValue(library), parsed.GetValue(model), parsed.GetValue(precision),
            parsed.GetValue(threads), parsed.GetValue(gentle), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] folders, DirectoryInfo? library, string? model, Precision precision, int threads, bool gentle, bool json)
    {
        if (folders.FirstOrDefault(f => !Directory.Exists(f)) is { } missing)
        {
            throw new UsageException($"{missing} is not a folder.");
        }
        using SoundModel sounds = ModelLocation.Open(model, precision);
        IndexReport report = Indexing.Run(folders, LibraryLocation.Find(library, folders[0]), sounds, threads, gentle);
        Indexing.Complain(report);
        if (json)
        {
            Output.Json(report);
            return Runner.Done;
        }
        Console.Out.WriteLine(
            $"{report.Files:N0} files: {report.Indexed:N0} indexed, {report.Unchanged:N0} unchanged, {report.Moved:N0} moved, {report.Removed:N0} removed, {report.Failed.Count:N0} failed");
        if (report.Indexed > 0)
        {
            Console.Out.WriteLine(
                $"{report.Segments:N0} segments of {report.AudioSeconds / 3600:0.00} hours of sound in {report.Seconds:0.0} s, {report.AudioSeconds / Math.Max(report.Seconds, 1e-3):N0} x real time");
        }
        return Runner.Done;
    }
}
