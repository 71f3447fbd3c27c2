using System.CommandLine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Recipes;
using SoundSearch.Training.Run;

namespace SoundSearch.Cli;

/// <summary>soundsearch train RECIPE: a run that a JSON file describes.</summary>
internal static class TrainRecipe
{
    /// <summary>Folder, beside the program, of the recipes that come with it.</summary>
    public static string Shipped => Path.Combine(AppContext.BaseDirectory, "Recipes");

    /// <summary>Adds argument and options to the verb, so that "train pocket" stays a command of its own.</summary>
    public static void AddTo(Command train)
    {
        var recipe = new Argument<string?>("RECIPE")
        {
            Description = $"A recipe that comes with the program ({string.Join(", ", Names())}), or a JSON file.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var data = new Option<DirectoryInfo?>("--data") { Description = "Folder with data/audio, or, for recipes of clips, with videos.", HelpName = "DIR" };
        var output = new Option<DirectoryInfo?>("--out") { Description = "Folder of all recipes' runs (NAME-SEED) and of what they share. The same command goes on where it stopped.", HelpName = "DIR" };
        var packages = new Option<DirectoryInfo?>("--packages") { Description = "Folder of Debian packages and npm archives that are at hand; what is missing is downloaded.", HelpName = "DIR" };
        Option<int?> seed = CommonOptions.OptionalNumber("--seed", "In the place of the recipe's seed.", 0, int.MaxValue);
        var start = new Option<FileInfo?>("--init") { Description = "Start from these weights (a run's tower.safetensors).", HelpName = "FILE" };
        Option<string?> model = CommonOptions.Model();
        Option<bool> gentle = CommonOptions.Gentle();
        Option<TrainingPrecision?> precision = CommonOptions.TrainingPrecision();
        train.Arguments.Add(recipe);
        foreach (Option option in new Option[] { data, output, packages, seed, start, model, precision, gentle })
        {
            train.Options.Add(option);
        }
        train.SetAction(parsed =>
        {
            string name = parsed.GetValue(recipe) ?? throw new UsageException($"say what to train: pocket, {string.Join(", ", Names())}, or a recipe's file.");
            string file = Find(name);
            string Folder(Option<DirectoryInfo?> option) => parsed.GetValue(option)?.FullName ?? throw new UsageException($"train {name} needs {option.Name} DIR.");
            string dataFolder = Folder(data), outputFolder = Folder(output);
            CaptionRecipe? captions = CaptionRecipe.IsIn(file) ? CaptionRecipe.Read(file) : null;
            RunRecipe? towers = captions is null ? RunRecipe.Read(file) : null;
            using var interrupt = new Interrupt();
            using SoundModel frozen = ModelLocation.Open(parsed.GetValue(model));
            if (parsed.GetValue(gentle))
            {
                Gentle.Lower();
            }
            var options = new RecipeOptions
            {
                Name = Path.GetFileNameWithoutExtension(file),
                DataFolder = dataFolder,
                OutputFolder = outputFolder,
                PackagesFolder = parsed.GetValue(packages)?.FullName,
                Text = frozen.UncentredText,
                Image = () => frozen.Image,
                Seed = (ulong?)parsed.GetValue(seed),
                Precision = parsed.GetValue(precision),
                StartWeights = parsed.GetValue(start)?.FullName,
                Progress = Console.Error,
            };
            Console.Out.WriteLine(captions is null ? RecipeRun.Run(towers!, options, interrupt.Token) : CaptionRecipeRun.Run(captions, options, frozen, interrupt.Token));
            return Runner.Done;
        });
    }

    private static string Find(string name)
    {
        string shipped = Path.Combine(Shipped, name + ".json");
        return File.Exists(shipped) ? shipped
            : File.Exists(name) ? Path.GetFullPath(name)
            : throw new UsageException($"no recipe '{name}': it is neither one of {string.Join(", ", Names())} nor a file.");
    }

    private static IEnumerable<string> Names() =>
        Directory.Exists(Shipped) ? Directory.EnumerateFiles(Shipped, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal) : [];
}
