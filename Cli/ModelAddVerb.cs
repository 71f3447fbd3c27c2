using System.CommandLine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Cli;

/// <summary>soundsearch model add: public checkpoints and training runs become model folders.</summary>
internal static class ModelAddVerb
{
    public static Command Create() => new("add", "Make a model of a public checkpoint, or of a training run.") { VipAnt(), Clip(), Clap(), Run() };

    private static Command VipAnt()
    {
        var audio = new Option<FileInfo>("--audio") { Description = "VIP-ANT's checkpoint (.pth).", Required = true, HelpName = "FILE" };
        var text = new Option<FileInfo?>("--text") { Description = "CLIP's checkpoint with the text tower (ViT-B-32.pt, or a state dict). Without it the model reads texts only if the checkpoint holds a text tower.", HelpName = "FILE" };
        Option<int?> seconds = CommonOptions.OptionalNumber("--seconds", "Seconds of sound that the audio tower hears (default: as many as the checkpoint's; positions are resized or cut).", 1, 300);
        Option<int?> rate = CommonOptions.OptionalNumber("--sample-rate", "Sample rate in Hz of the sounds that it was trained on (default: 16000).", 8000, 384_000);
        Option<FileInfo?> merges = Merges();
        var common = new Common("vip-ant");
        var command = new Command("vip-ant", "VIP-ANT's audio tower (Zhao et al. 2022) with CLIP's text tower.") { audio, text, seconds, rate, merges };
        common.AddTo(command);
        command.SetAction(parsed => common.Install(parsed, name =>
        {
            using WeightFile audioFile = WeightFile.Open(Existing(parsed.GetRequiredValue(audio)));
            using WeightFile? textFile = parsed.GetValue(text) is { } file ? WeightFile.Open(Existing(file)) : null;
            var options = new ImportOptions
            {
                Name = name,
                Licence = common.LicenceOf(parsed),
                MergesPath = MergesPath(parsed.GetValue(merges)),
                Seconds = parsed.GetValue(seconds),
                SampleRate = parsed.GetValue(rate) ?? 16_000,
            };
            return VipAntWeights.Read(audioFile, textFile, options);
        }));
        return command;
    }

    private static Command Clip()
    {
        var pth = new Option<FileInfo?>("--pth") { Description = "OpenAI's checkpoint (ViT-B-32.pt), or a state dict with its names.", HelpName = "FILE" };
        Option<DirectoryInfo?> hf = Folder("openai/clip-vit-base-patch32");
        Option<FileInfo?> merges = Merges();
        var common = new Common("clip");
        var command = new Command("clip", "CLIP's text and image tower (Radford et al. 2021). It hears nothing: it is where training starts.") { pth, hf, merges };
        command.Validators.Add(result =>
        {
            if ((result.GetValue(pth) is null) == (result.GetValue(hf) is null))
            {
                result.AddError("model add clip takes --pth FILE or --hf DIR.");
            }
        });
        common.AddTo(command);
        command.SetAction(parsed => common.Install(parsed, name =>
        {
            var options = new ImportOptions { Name = name, Licence = common.LicenceOf(parsed), MergesPath = MergesPath(parsed.GetValue(merges)) };
            if (parsed.GetValue(hf) is { } directory)
            {
                using HuggingFaceFolder folder = HuggingFaceFolder.Open(Existing(directory));
                return ClipWeights.Read(folder, options);
            }
            using WeightFile file = WeightFile.Open(Existing(parsed.GetValue(pth)!));
            return ClipWeights.Read(file, options);
        }));
        return command;
    }

    private static Command Clap()
    {
        Option<DirectoryInfo?> hf = Folder("laion/clap-htsat-fused");
        hf.Required = true;
        var common = new Common("clap");
        var command = new Command("clap", "LAION-CLAP's audio and text tower (Wu et al. 2023), fused or unfused.") { hf };
        common.AddTo(command);
        command.SetAction(parsed => common.Install(parsed, name =>
        {
            using HuggingFaceFolder folder = HuggingFaceFolder.Open(Existing(parsed.GetRequiredValue(hf)!));
            return ClapWeights.Read(folder, new ImportOptions { Name = name, Licence = common.LicenceOf(parsed) });
        }));
        return command;
    }

    private static Command Run()
    {
        var run = new Option<DirectoryInfo>("--run") { Description = "Folder of a finished run of 'soundsearch train RECIPE' (DIR/RECIPE-SEED).", Required = true, HelpName = "DIR" };
        Option<string?> texts = CommonOptions.Model();
        texts.Description = "The model whose text tower the run was trained with (default: pocket).";
        var common = new Common("trained");
        var command = new Command("run", "An audio tower that a recipe trained, with the text tower that it was trained into the space of.") { run, texts };
        common.AddTo(command);
        command.SetAction(parsed => common.Install(parsed, name =>
        {
            using SoundModel frozen = ModelLocation.Open(parsed.GetValue(texts));
            return TrainedModel.Read(Existing(parsed.GetRequiredValue(run)), frozen, name, common.LicenceOf(parsed));
        }));
        return command;
    }

    private static Option<DirectoryInfo?> Folder(string example) =>
        new("--hf") { Description = $"A folder of Hugging Face's, such as a clone of {example}.", HelpName = "DIR" };

    private static Option<FileInfo?> Merges() =>
        new("--merges") { Description = "Merges of the text tower's tokenizer, plain or gzip (default: CLIP's own, which come with the program).", HelpName = "FILE" };

    private static string MergesPath(FileInfo? option) => option is not null ? Existing(option) : ModelLocation.ClipMerges;

    private static string Existing(FileSystemInfo file) => file.Exists ? file.FullName : throw new UsageException($"{file.FullName} does not exist.");

    /// <summary>What every kind of model is asked.</summary>
    private sealed class Common(string defaultName)
    {
        private readonly Option<string> name = new("--name") { Description = $"Name of the model (default: {defaultName}).", DefaultValueFactory = _ => defaultName, HelpName = "NAME" };
        private readonly Option<string> licence = new("--licence") { Description = "Licence of the weights, which no checkpoint says (default: unknown).", DefaultValueFactory = _ => "unknown", HelpName = "SPDX" };
        private readonly Option<bool> force = new("--force") { Description = "Replace a model of that name." };
        private readonly Option<bool> json = CommonOptions.Json();

        public void AddTo(Command command) => Array.ForEach<Option>([name, licence, force, json], command.Options.Add);

        public string LicenceOf(ParseResult parsed) => parsed.GetValue(licence)!;

        public int Install(ParseResult parsed, Func<string, ModelContents> read)
        {
            string wanted = parsed.GetValue(name)!;
            bool replace = parsed.GetValue(force);
            // Before the work of reading, too.
            ModelInstaller.Check(wanted, replace);
            ModelContents contents = read(wanted);
            string folder = ModelInstaller.Install(wanted, contents, replace);
            foreach (string note in contents.Notes)
            {
                Console.Error.WriteLine($"soundsearch: {note}");
            }
            ModelReport.Print(folder, contents.Description, parsed.GetValue(json));
            return Runner.Done;
        }
    }
}
