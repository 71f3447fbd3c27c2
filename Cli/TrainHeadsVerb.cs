using System.CommandLine;
using System.Globalization;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Heads;
using SoundSearch.Training.Run;

namespace SoundSearch.Cli;

/// <summary>soundsearch train heads: a classifier over a model's audio tower, judged by cross validation.</summary>
internal static class TrainHeadsVerb
{
    private const int ProbeEpochs = 100, TowerEpochs = 20;

    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "ESC-50 or UrbanSound8K in its official layout, or a folder with data/audio and its manifest.csv.", Required = true, HelpName = "DIR" };
        var set = new Option<string>("--set") { Description = "esc50 or us8k, or a set of the manifest whose sounds have labels and folds.", HelpName = "NAME", DefaultValueFactory = _ => "esc50" };
        var what = new Option<string>("--what") { Description = "What learns: the head alone, the last N blocks too, or everything.", HelpName = "probe|lastN|all", DefaultValueFactory = _ => "probe" };
        var embedding = new Option<bool>("--embedding") { Description = "The head reads the embedding instead of the features before the projection." };
        var perLabel = new Option<bool>("--per-label") { Description = "Binary cross entropy of each label instead of softmax." };
        Option<int?> epochs = CommonOptions.OptionalNumber("--epochs", $"Times that every sound is seen ({ProbeEpochs} for a probe, else {TowerEpochs}).", 1, 100_000);
        Option<int?> batch = CommonOptions.OptionalNumber("--batch", "Sounds of a step, an even number.", 2, 4096);
        Option<int?> accumulate = CommonOptions.OptionalNumber("--accumulate", "Passes that each half of a step is computed in, to spare memory.", 1, 2048);
        Option<int?> seed = CommonOptions.OptionalNumber("--seed", "Decides about order and windows.", 0, int.MaxValue);
        var output = new Option<DirectoryInfo>("--out") { Description = "The run's folder. The same command goes on where it stopped.", Required = true, HelpName = "DIR" };
        Option<string?> model = CommonOptions.Model();
        Option<TrainingPrecision?> precision = CommonOptions.TrainingPrecision();
        Option<bool> json = CommonOptions.Json(), gentle = CommonOptions.Gentle();
        var command = new Command("heads", "Train a classifier on labels, fold by fold, and measure it.") { data, model, set, what, embedding, perLabel, epochs, batch, accumulate, precision, seed, output, json, gentle };
        command.SetAction(parsed =>
        {
            var defaults = new HeadOptions();
            (HeadScope scope, int blocks) = Scope(parsed.GetValue(what)!);
            var options = new HeadOptions
            {
                Scope = scope,
                Blocks = blocks,
                Input = parsed.GetValue(embedding) ? HeadInput.Embedding : HeadInput.Pooled,
                Loss = parsed.GetValue(perLabel) ? HeadLoss.PerLabel : HeadLoss.Softmax,
                Epochs = parsed.GetValue(epochs) ?? (scope == HeadScope.Probe ? ProbeEpochs : TowerEpochs),
                Batch = parsed.GetValue(batch) ?? defaults.Batch,
                Accumulate = parsed.GetValue(accumulate) is > 1 and int passes ? passes : 0, // one pass is the same run as none named
                Precision = parsed.GetValue(precision) ?? defaults.Precision,
                Seed = (ulong)(parsed.GetValue(seed) ?? (int)defaults.Seed),
            };
            if (parsed.GetValue(gentle))
            {
                Gentle.Lower();
            }
            var sounds = HeadSounds.Read(parsed.GetRequiredValue(data).FullName, parsed.GetValue(set)!);
            using var interrupt = new Interrupt();
            using SoundModel opened = ModelLocation.Open(parsed.GetValue(model));
            KFoldFigures figures = HeadRecipe.Run(options, opened, sounds, parsed.GetValue(set)!, parsed.GetRequiredValue(output).FullName, Console.Error, interrupt.Token);
            Print(figures, parsed.GetValue(json));
            return Runner.Done;
        });
        return command;
    }

    private static (HeadScope Scope, int Blocks) Scope(string what) => what switch
    {
        "probe" => (HeadScope.Probe, 0),
        "all" => (HeadScope.All, 0),
        _ when what.StartsWith("last", StringComparison.Ordinal) && int.TryParse(what.AsSpan("last".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int blocks) => (HeadScope.LastBlocks, blocks),
        _ => throw new UsageException($"--what is probe, all, or last with a number, for example last4; not '{what}'."),
    };

    private static void Print(KFoldFigures figures, bool json)
    {
        var folds = figures.Names.Zip(figures.Folds, (name, f) => new { Fold = name, Sounds = f.Clips, f.Accuracy }).ToArray();
        if (json)
        {
            Output.Json(new { figures.Set, figures.Protocol, Folds = folds, Joined = figures.Joined.Accuracy, figures.Mean, figures.Spread, Classes = figures.Joined.Classes.Count });
            return;
        }
        Console.Out.WriteLine(figures.Protocol);
        foreach (var fold in folds)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"fold {fold.Fold}: accuracy {fold.Accuracy:P1} of {fold.Sounds:N0} sounds"));
        }
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{folds.Length} folds, {figures.Joined.Classes.Count} classes: mean {figures.Mean:P1}, standard deviation {figures.Spread:P1}; joined {figures.Joined.Accuracy:P1} of {figures.Joined.Clips:N0} sounds"));
    }
}
