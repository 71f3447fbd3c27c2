using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Recipes;

/// <summary>Runs a recipe from its data to weights and a card; a run that was stopped goes on with the same call.</summary>
public static class RecipeRun
{
    public const string RecipeName = "recipe.json";

    /// <summary>Returns the run's folder: recipe, log, checkpoint, <see cref="ContrastiveRun.WeightsName"/>, drawings of the log (<see cref="LearningCurve"/>), <see cref="RunCard.FileName"/>.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="FileFormatException">The folder's checkpoint is of another recipe, or some file is damaged.</exception>
    /// <exception cref="IOException">Data is missing and cannot be fetched.</exception>
    /// <exception cref="ArgumentException">The recipe asks for what the data does not have.</exception>
    public static string Run(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        ulong seed = options.Seed ?? recipe.Contrastive.Seed;
        TrainingPrecision precision = options.Precision ?? recipe.Contrastive.Precision;
        precision.Options(); // before anybody waits for data
        recipe = recipe with { Contrastive = recipe.Contrastive with { Seed = seed, Precision = precision } };
        if (options.Text.Dimensions != recipe.Tower.Embedding)
        {
            throw new ArgumentException($"The text tower's vectors have {options.Text.Dimensions} values, the recipe's tower makes {recipe.Tower.Embedding}: correct its 'embedding', or name with --model the model that it is for.");
        }
        string folder = options.FolderOf(options.Name, seed);
        Directory.CreateDirectory(folder);
        using IRecipeTask task = recipe.Kind switch
        {
            RecipeKind.PictureTower => PictureTask.Prepare(recipe, options, cancellation),
            RecipeKind.Clips => ClipTask.Prepare(recipe, options, cancellation),
            RecipeKind.CaptionPairs => CaptionPairsTask.Prepare(recipe, options, cancellation),
            _ => VideoTask.Prepare(recipe, options, folder, cancellation),
        };
        foreach (string line in task.Data)
        {
            options.Progress?.WriteLine(line);
        }
        File.WriteAllText(Path.Combine(folder, RecipeName), recipe.ToJson() + "\n");
        AudioTower tower = options.StartWeights is null ? task.Start((int)(seed % int.MaxValue)) : LoadWeights(options.StartWeights, recipe.Tower);
        Dictionary<string, double> figures;
        using (var run = new ContrastiveRun(recipe.Contrastive, tower, task.Pairs))
        {
            if (!run.Run(folder, task.Figures, task.Measure, options.Progress, cancellation))
            {
                throw new OperationCanceledException(cancellation);
            }
            figures = new(task.Judge(run.ChosenFrames));
        }
        foreach ((string name, double figure) in task.Figures.Zip(task.Measure(Load(folder, recipe.Tower))))
        {
            figures[name] = figure;
        }
        LearningCurve.Write(folder, Path.GetFileName(folder), task.Plotted);
        string? start = options.StartWeights is { } file ? Path.Combine(new FileInfo(file).Directory!.Name, Path.GetFileName(file)) : task.StartsFrom;
        string[] from = start is null ? [] : [$"starts from {start}"];
        new RunCard(options.Name, seed, [.. task.Data, .. from], figures)
        {
            DataHash = DataHash.Of(task.DataHashes),
            Chance = task.Chance(),
            Seconds = TrainingLog.SecondsIn(Path.Combine(folder, TrainingLoop.LogName)),
        }.Write(folder);
        return folder;
    }

    /// <summary>A run beside others: its recipe and the tower that it kept.</summary>
    /// <exception cref="IOException">There is none.</exception>
    internal static (RunRecipe Recipe, AudioTower Tower) Load(string runs, string run)
    {
        string folder = Path.Combine(runs, run), recipe = Path.Combine(folder, RecipeName);
        if (!File.Exists(recipe) || !File.Exists(Path.Combine(folder, ContrastiveRun.WeightsName)))
        {
            throw Missing(Path.Combine(folder, ContrastiveRun.WeightsName), run);
        }
        RunRecipe read = RunRecipe.Read(recipe);
        return (read, Load(folder, read.Tower));
    }

    /// <summary>What a run that has not been made would have left.</summary>
    internal static IOException Missing(string path, string run) =>
        new($"{path} is not there: run 'soundsearch train {run[..Math.Max(run.LastIndexOf('-'), 0)]} --seed {run[(run.LastIndexOf('-') + 1)..]}' with the same --out first.");

    /// <summary>A tower that a run kept.</summary>
    public static AudioTower Load(string runFolder, AudioTowerShape shape) => LoadWeights(Path.Combine(runFolder, ContrastiveRun.WeightsName), shape);

    /// <summary>A tower of a file of weights.</summary>
    internal static AudioTower LoadWeights(string path, AudioTowerShape shape)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        return new AudioTower(ParameterSet.Load(shape.Layout(), file), shape);
    }

    /// <summary>The first weights of an audio tower that a frozen image tower teaches.</summary>
    /// <param name="options">Say where they come from.</param>
    /// <param name="recipe">Of the run.</param>
    /// <param name="runs">Folder of all runs.</param>
    /// <param name="pivot">The image tower; needed only to start from it.</param>
    /// <param name="seed">Of random ones.</param>
    internal static AudioTower Start(PivotOptions options, RunRecipe recipe, string runs, AudioTower? pivot, int seed)
    {
        if (StartsFrom(options, recipe) is { } from)
        {
            (RunRecipe earlier, AudioTower tower) = Load(runs, from);
            return earlier.Tower with { StemChannels = recipe.Tower.StemChannels } == recipe.Tower ? tower : throw new ArgumentException($"The tower of {from} is {earlier.Tower}; the recipe's is {recipe.Tower}.");
        }
        return options.Start == TowerStart.Random ? Random(recipe.Tower, seed) : new AudioTower(ClipVisual.Load(recipe.Tower, pivot!.Parameters, "the image tower"), recipe.Tower);
    }

    /// <summary>The run that such a tower goes on from, or null.</summary>
    internal static string? StartsFrom(PivotOptions options, RunRecipe recipe) => options.From.Length > 0 ? RecipeOptions.RunOf(options.From, recipe.Contrastive.Seed) : null;

    /// <summary>A tower of random weights.</summary>
    internal static AudioTower Random(AudioTowerShape shape, int seed)
    {
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, seed);
        return new AudioTower(weights, shape);
    }
}
