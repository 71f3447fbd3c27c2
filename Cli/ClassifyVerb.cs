using System.CommandLine;
using System.Numerics.Tensors;
using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Indexer;

namespace SoundSearch.Cli;

/// <summary>soundsearch classify FILE|FOLDER... --labels "dog,rain,siren": the nearest label for each sound, by cosine.</summary>
internal static class ClassifyVerb
{
    /// <summary>VIP-ANT's prompt (Zhao et al. 2022, section 4).</summary>
    private const string DefaultPrompt = "the sound of";

    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE|FOLDER") { Description = "Sounds, or folders of them.", Arity = ArgumentArity.OneOrMore };
        var labels = new Option<string>("--labels") { Description = "Labels, separated by commas.", Required = true, HelpName = "A,B,..." };
        var prompt = new Option<string>("--prompt") { Description = "Put before each label; \"\" for the bare label.", DefaultValueFactory = _ => DefaultPrompt };
        Option<string?> model = CommonOptions.Model();
        Option<Precision> precision = CommonOptions.Precision();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("classify", "Say which of the given labels each sound is nearest to.") { paths, labels, prompt, model, precision, threads, json };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(paths), parsed.GetRequiredValue(labels), parsed.GetValue(prompt) ?? "", parsed.GetValue(model), parsed.GetValue(precision), parsed.GetValue(threads), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, string labelList, string prompt, string? modelName, Precision precision, int threads, bool json)
    {
        string[] labels = labelList.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (labels.Length == 0)
        {
            throw new UsageException("--labels needs at least one label, for example --labels \"dog,rain,siren\".");
        }
        if (labels.Distinct(StringComparer.Ordinal).Count() < labels.Length)
        {
            throw new UsageException("--labels names a label twice.");
        }
        if (paths.FirstOrDefault(p => !File.Exists(p) && !Directory.Exists(p)) is { } missing)
        {
            throw new UsageException($"{missing} does not exist.");
        }
        using var interrupt = new Interrupt();
        using SoundModel model = ModelLocation.Open(modelName, precision);
        var sounds = new IndexModel(model);
        int dimensions = model.Text.Dimensions;
        float[] texts = new float[labels.Length * dimensions];
        model.Text.Encode([.. labels.Select(l => prompt.Length == 0 ? l : $"{prompt} {l}")], texts);

        string[] files = [.. paths.SelectMany(p => Directory.Exists(p) ? SoundFiles.In(p) : [p])];
        var results = new Classified?[files.Length];
        var failures = new string?[files.Length];
        var line = new ProgressLine("files");
        int done = 0;
        Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = interrupt.Token }, i =>
        {
            try
            {
                float[] embedding = SoundEncoder.EncodeWhole(files[i], sounds, interrupt.Token);
                var scores = labels.Select((label, l) => (label, cosine: TensorPrimitives.Dot(embedding, texts.AsSpan(l * dimensions, dimensions)))).ToArray();
                results[i] = new Classified(files[i], scores.MaxBy(s => s.cosine).label, scores.ToDictionary(s => s.label, s => s.cosine));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures[i] = e.Message;
            }
            line.Show(Interlocked.Increment(ref done), files.Length);
        });
        line.Finish();
        foreach (string failure in failures.OfType<string>())
        {
            Console.Error.WriteLine($"soundsearch: {failure}");
        }
        Classified[] classified = [.. results.OfType<Classified>()];
        if (json)
        {
            Output.Json(classified);
        }
        else
        {
            foreach (Classified c in classified)
            {
                Console.Out.WriteLine($"{c.Scores[c.Label]:0.000}  {c.Label}  {c.Path}");
            }
        }
        return classified.Length > 0 || files.Length == 0 ? Runner.Done : Runner.Failed;
    }

    private sealed record Classified(string Path, string Label, Dictionary<string, float> Scores);
}
