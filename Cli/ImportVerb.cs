using System.CommandLine;
using SoundSearch.Engine.Models;
using SoundSearch.Indexer.Freesound;
using SoundSearch.Query.Store;

namespace SoundSearch.Cli;

/// <summary>soundsearch import freesound-vectors FILE: sounds whose vectors were made elsewhere, without their files.</summary>
internal static class ImportVerb
{
    private const int Shown = 20;

    public static Command Create()
    {
        var file = new Argument<FileInfo>("FILE") { Description = "The dump: .csv, .jsonl, .ndjson, .json or .npy." };
        var ids = new Option<FileInfo?>("--ids") { Description = "Ids of a .npy file's rows, one per line, or a .csv or .jsonl without vectors (default: the file of that name beside it).", HelpName = "FILE" };
        Option<DirectoryInfo?> library = CommonOptions.Library();
        Option<string?> model = CommonOptions.Model();
        Option<bool> json = CommonOptions.Json();
        var vectors = new Command("freesound-vectors", "Freesound's sounds with their LAION-CLAP vectors.") { file, ids, library, model, json };
        vectors.SetAction(parsed => Run(
            parsed.GetRequiredValue(file).FullName, parsed.GetValue(ids)?.FullName, LibraryLocation.Find(parsed.GetValue(library), null), parsed.GetValue(model), parsed.GetValue(json)));
        return new Command("import", "Put sounds into a library whose vectors were made elsewhere.") { vectors };
    }

    private static int Run(string file, string? ids, string directory, string? modelName, bool json)
    {
        if (new[] { file, ids }.OfType<string>().FirstOrDefault(f => !File.Exists(f)) is { } missing)
        {
            throw new UsageException($"{missing} does not exist.");
        }
        if (modelName is null && !File.Exists(LibraryPaths.Database(directory)))
        {
            throw new UsageException("name the model that made the vectors with --model; 'soundsearch model add clap' adds CLAP.");
        }
        using var interrupt = new Interrupt();
        using SoundModel model = LibraryModel.Open(directory, modelName);
        using ISoundRows rows = FreesoundImport.Open(file, ids);
        var line = new ProgressLine("kB");
        ImportReport report;
        try
        {
            report = FreesoundImport.Run(rows, directory, FreesoundImport.Meta(model), new Shower(line), interrupt.Token);
        }
        finally
        {
            line.Finish();
        }
        foreach (ImportProblem problem in report.Problems.Take(Shown))
        {
            Console.Error.WriteLine($"soundsearch: not imported: row {problem.Row}{(problem.Id is { } id ? $" (id {id})" : "")}: {problem.Reason}");
        }
        if (report.Bad > Shown)
        {
            Console.Error.WriteLine($"soundsearch: and {report.Bad - Math.Min(Shown, report.Problems.Count):N0} more.");
        }
        if (report.Cancelled)
        {
            throw new OperationCanceledException(interrupt.Token);
        }
        if (json)
        {
            Output.Json(report);
        }
        else
        {
            Console.Out.WriteLine($"{report.Rows:N0} rows: {report.Imported:N0} imported, {report.Unchanged:N0} unchanged, {report.Bad:N0} bad, in {report.Seconds:0.0} s");
        }
        return report.Bad > 0 && report.Bad == report.Rows ? Runner.Failed : Runner.Done;
    }

    private sealed class Shower(ProgressLine line) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress p) => line.Show(p.Bytes / 1000, p.Length / 1000, p.Bytes, p.Length, $", {p.Rows:N0} rows");
    }
}
