using System.CommandLine;
using SoundSearch.Query;

namespace SoundSearch.Cli;

/// <summary>soundsearch info: what is in a library.</summary>
internal static class InfoVerb
{
    public static Command Create()
    {
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Show what is in a library, and which files could not be read.") { library, json };
        command.SetAction(parsed => Run(LibraryLocation.Find(parsed.GetValue(library), null), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string directory, bool json)
    {
        using SoundLibrary library = SoundLibrary.Open(directory);
        LibraryInfo info = library.Info();
        if (json)
        {
            Output.Json(info);
            return Runner.Done;
        }
        Console.Out.WriteLine($"library   {info.Directory}");
        Console.Out.WriteLine($"folders   {string.Join(", ", info.Folders)}");
        Console.Out.WriteLine($"sounds    {info.Files:N0} files, {info.AudioSeconds / 3600:0.00} hours, {info.Segments:N0} segments of {info.WindowSeconds:0.#} s");
        Console.Out.WriteLine($"model     {info.Model} ({info.Dimensions} dimensions, {info.Fingerprint[..Math.Min(12, info.Fingerprint.Length)]})");
        Console.Out.WriteLine($"size      {info.Bytes / 1e6:0.0} MB, graph: {info.Cache}");
        Console.Out.WriteLine($"failed    {info.Failed.Count:N0} files");
        foreach (FileFailure failure in info.Failed)
        {
            Console.Out.WriteLine($"  {failure.Path}: {failure.Reason}");
        }
        return Runner.Done;
    }
}
