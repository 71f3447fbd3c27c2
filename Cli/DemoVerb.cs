using System.CommandLine;
using SoundSearch.Engine.Models;
using SoundSearch.Indexer;
using SoundSearch.Query;
using SoundSearch.Samples.Synthesis;

namespace SoundSearch.Cli;

/// <summary>soundsearch demo: the main job on a small synthesised library.</summary>
internal static class DemoVerb
{
    private static readonly string[] Queries = ["church bell", "police siren", "heavy rain", "bird song", "thunder and explosion", "drum", "telephone ringing", "plucked guitar strings"];

    public static Command Create()
    {
        Option<string?> model = CommonOptions.Model();
        var folder = new Option<DirectoryInfo?>("--folder") { Description = "Where to put the sounds (default: a temporary folder, removed afterwards).", HelpName = "DIR" };
        var command = new Command("demo", "Synthesise a small library of sounds with meaningless names, index it and search it.") { folder, model };
        command.SetAction(parsed => Run(parsed.GetValue(folder)?.FullName, parsed.GetValue(model)));
        return command;
    }

    private static int Run(string? folder, string? modelName)
    {
        string target = folder ?? Directory.CreateTempSubdirectory("soundsearch-demo-").FullName;
        try
        {
            Dictionary<string, string> truth = SynthesizedLibrary.Write(target).ToDictionary(s => Path.GetFullPath(s.File), s => s.What);
            using SoundModel model = ModelLocation.Open(modelName);
            string directory = LibraryLocation.Find(new DirectoryInfo(Path.Combine(target, LibraryLocation.FolderName)), null);
            IndexReport report = Indexing.Run([target], directory, model, Environment.ProcessorCount, gentle: false);
            Indexing.Complain(report);
            Console.Out.WriteLine($"Indexed {report.Indexed} sounds with meaningless names. What each really is stands in brackets; the search does not see it.");
            using SoundLibrary library = SoundLibrary.Open(directory, model.Text, model.Fingerprint);
            foreach (string query in Queries)
            {
                Console.Out.WriteLine();
                Console.Out.WriteLine($"> {query}");
                foreach (SearchHit hit in library.Search(new SearchRequest { Text = query, K = 3, VectorOnly = true }).Hits)
                {
                    Console.Out.WriteLine($"  {hit.Rank}  {hit.Score:0.000}  {Path.GetFileName(hit.Path)}  ({truth[Path.GetFullPath(hit.Path)]})");
                }
            }
            return Runner.Done;
        }
        finally
        {
            if (folder is null)
            {
                Directory.Delete(target, recursive: true);
            }
        }
    }
}
