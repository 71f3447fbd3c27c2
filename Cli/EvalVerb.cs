using System.CommandLine;
using System.Globalization;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Cli;

/// <summary>
/// soundsearch eval SET DIR: judges a model on a data set in its official layout. What is measured follows from what the set
/// has: captions (retrieval both ways), one label a clip (zero-shot accuracy), several labels (mAP).
/// </summary>
internal static class EvalVerb
{
    /// <summary>VIP-ANT's prompt (Zhao et al. 2022, section 4).</summary>
    private const string DefaultPrompt = "the sound of";

    public static Command Create()
    {
        var set = new Argument<string>("SET") { Description = $"One of {string.Join(", ", EvaluationSets.All.Select(s => s.Name))}." };
        set.AcceptOnlyFromAmong([.. EvaluationSets.All.Select(s => s.Name)]);
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The data set's folder, in its official layout." };
        var split = new Option<string?>("--split") { Description = "Split of audiocaps (test), clotho (evaluation), audioset (eval); the set inside a manifest.", HelpName = "NAME" };
        var folds = new Option<string?>("--folds") { Description = "Only these folds, for example 1 or 1,2.", HelpName = "N,N" };
        var prompt = new Option<string>("--prompt") { Description = "Put before each label; figures without it are printed as well. Captions get none.", DefaultValueFactory = _ => DefaultPrompt };
        var plots = new Option<DirectoryInfo?>("--plots") { Description = "Write recall curves, bars per class and the confusion matrix as SVG into this folder.", HelpName = "DIR" };
        Option<string?> model = CommonOptions.Model();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("eval", "Measure a model on a data set: retrieval, zero-shot accuracy, mAP.") { set, folder, split, folds, prompt, plots, model, threads, json };
        command.SetAction(parsed =>
        {
            EvaluationSet clips = Select(EvaluationSets.Read(parsed.GetRequiredValue(set), parsed.GetRequiredValue(folder).FullName, parsed.GetValue(split)), parsed.GetValue(folds));
            using var interrupt = new Interrupt();
            using SoundModel opened = ModelLocation.Open(parsed.GetValue(model));
            EvaluationReport report = Measure(clips, opened, parsed.GetValue(prompt) ?? "", parsed.GetValue(threads), interrupt.Token);
            if (parsed.GetValue(plots) is { } into)
            {
                report.WritePlots(into.FullName);
            }
            if (parsed.GetValue(json))
            {
                Output.Json(report.Document);
            }
            else
            {
                Console.Out.WriteLine(report);
            }
            return Runner.Done;
        });
        return command;
    }

    private static EvaluationSet Select(EvaluationSet set, string? folds)
    {
        if (folds is null)
        {
            return set;
        }
        HashSet<int> wanted = [];
        foreach (string fold in folds.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!int.TryParse(fold, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                throw new UsageException($"--folds takes numbers, for example 1,2; '{fold}' is none.");
            }
            wanted.Add(number);
        }
        EvaluationClip[] clips = [.. set.Clips.Where(c => wanted.Contains(c.Fold))];
        return clips.Length > 0
            ? set with { Name = $"{set.Name}, fold {folds}", Clips = clips, Classes = [.. set.Classes.Where(name => clips.Any(c => c.Labels.Contains(name)))] }
            : throw new UsageException($"{set.Name} has no clip in fold {folds}; its folds are {string.Join(", ", set.Clips.Select(c => c.Fold).Distinct().Order())}.");
    }

    private static EvaluationReport Measure(EvaluationSet set, SoundModel model, string prompt, int threads, CancellationToken cancellation)
    {
        (EvaluationSet found, float[] sounds, IReadOnlyList<string> failed) = EvaluationSounds.Encode(set, model, threads, cancellation);
        foreach (string failure in failed)
        {
            Console.Error.WriteLine($"soundsearch: {failure}");
        }
        float[] Texts(IReadOnlyList<string> texts)
        {
            float[] vectors = new float[texts.Count * model.Text.Dimensions];
            model.Text.Encode(texts, vectors);
            return vectors;
        }
        var report = new EvaluationReport(model.Description.Name, found, failed.Count);
        int width = model.Text.Dimensions;
        if (found.Classes.Count == 0)
        {
            int[] owner = [.. found.Clips.SelectMany((clip, i) => clip.Captions.Select(_ => i))];
            report.AddCaptions(SimilarityMatrix.Dot(sounds, Texts([.. found.Clips.SelectMany(c => c.Captions)]), width), owner);
            return report;
        }
        foreach (string before in prompt.Length > 0 ? [prompt, ""] : new[] { "" })
        {
            report.AddLabels(SimilarityMatrix.Dot(sounds, Texts([.. found.Classes.Select(c => before.Length > 0 ? $"{before} {c}" : c)]), width), before);
        }
        return report;
    }
}
