using System.CommandLine;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;

namespace SoundSearch.Cli;

/// <summary>soundsearch train pocket: the default model's recipe, from teachers and sounds to a model folder.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var data = new Option<DirectoryInfo>("--data") { Description = "Folder with teachers/minilm, teachers/mn04 and data/audio.", Required = true, HelpName = "DIR" };
        var output = new Option<DirectoryInfo>("--out") { Description = "The run's folder: checkpoints, logs, sounds made ready, and the model. The same command goes on where it stopped.", Required = true, HelpName = "DIR" };
        var packages = new Option<DirectoryInfo?>("--packages") { Description = "Folder of Debian packages with more sounds; what is missing is downloaded. Without it, only data/audio is used.", HelpName = "DIR" };
        var textSamples = new Option<long>("--text-samples") { Description = "Texts that the text tower sees.", DefaultValueFactory = _ => PocketOptions.DefaultTextSamples };
        var samples = new Option<long>("--samples") { Description = "Sounds that the audio tower sees.", DefaultValueFactory = _ => PocketOptions.DefaultSamples };
        var start = new Option<FileInfo?>("--init") { Description = "Start the audio tower from these weights (an earlier run's audio.safetensors).", HelpName = "FILE" };
        var allFolds = new Option<bool>("--all-folds") { Description = "Train on ESC-50's fold 1 too, which is held out otherwise: for a last run, whose figures then say nothing." };
        Option<int?> accumulate = CommonOptions.OptionalNumber("--accumulate", "Passes that each half of the audio tower's batches is computed in, to spare memory.", 1, 2048);
        Option<TrainingPrecision?> precision = CommonOptions.TrainingPrecision();
        Option<bool> gentle = CommonOptions.Gentle();
        var pocket = new Command("pocket", "Train the default model.") { data, output, packages, textSamples, samples, start, allFolds, accumulate, precision, gentle };
        pocket.SetAction(parsed =>
        {
            using var interrupt = new Interrupt();
            var options = new PocketOptions
            {
                DataFolder = parsed.GetRequiredValue(data).FullName,
                OutputFolder = parsed.GetRequiredValue(output).FullName,
                PackagesFolder = parsed.GetValue(packages)?.FullName,
                TextSamples = parsed.GetValue(textSamples),
                Samples = parsed.GetValue(samples),
                AllFolds = parsed.GetValue(allFolds),
                Accumulate = parsed.GetValue(accumulate) ?? 0,
                Precision = parsed.GetValue(precision) ?? default,
                StartWeights = parsed.GetValue(start)?.FullName,
            };
            if (parsed.GetValue(gentle))
            {
                Gentle.Lower();
            }
            PocketRecipe.Run(options, Console.Error, interrupt.Token);
            Console.Out.WriteLine(Path.Combine(options.OutputFolder, PocketRecipe.ModelFolderName));
            return Runner.Done;
        });
        var train = new Command("train", "Train models. Long runs checkpoint and resume.") { pocket, TrainHeadsVerb.Create(), TrainTableVerb.Create() };
        TrainRecipe.AddTo(train);
        return train;
    }
}
