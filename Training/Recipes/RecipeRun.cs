using System.Globalization;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Contrastive;

namespace SoundSearch.Training.Recipes;

/// <summary>Runs a recipe from its data to weights and a card; a run that was stopped goes on with the same call.</summary>
public static class RecipeRun
{
    public const string RecipeName = "recipe.json";

    /// <summary>Returns the run's folder: recipe, log, checkpoint, <see cref="ContrastiveRun.WeightsName"/>, <see cref="RunCard.FileName"/>.</summary>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="FileFormatException">The folder's checkpoint is of another recipe, or some file is damaged.</exception>
    /// <exception cref="IOException">Data is missing and cannot be fetched.</exception>
    /// <exception cref="ArgumentException">The recipe asks for what the data does not have.</exception>
    public static string Run(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        ulong seed = options.Seed ?? recipe.Contrastive.Seed;
        recipe = recipe with { Contrastive = recipe.Contrastive with { Seed = seed } };
        if (options.Text.Dimensions != recipe.Tower.Embedding)
        {
            throw new ArgumentException($"The text tower's vectors have {options.Text.Dimensions} values, the recipe's tower makes {recipe.Tower.Embedding}: correct its 'embedding'.");
        }
        string folder = Path.Combine(options.OutputFolder, string.Create(CultureInfo.InvariantCulture, $"{options.Name}-{seed}"));
        Directory.CreateDirectory(folder);
        using IRecipeTask task = recipe.Kind == RecipeKind.PictureTower ? PictureTask.Prepare(recipe, options, cancellation) : VideoTask.Prepare(recipe, options, folder, cancellation);
        foreach (string line in task.Data)
        {
            options.Progress?.WriteLine(line);
        }
        File.WriteAllText(Path.Combine(folder, RecipeName), recipe.ToJson() + "\n");
        AudioTower tower = task.Start((int)(seed % int.MaxValue));
        if (options.StartWeights is not null)
        {
            using SafetensorsFile file = SafetensorsFile.Open(options.StartWeights);
            tower = new AudioTower(ParameterSet.Load(recipe.Tower.Layout(), file), recipe.Tower);
        }
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
        new RunCard(options.Name, seed, task.Data, figures).Write(folder);
        return folder;
    }

    /// <summary>A tower that a run kept.</summary>
    public static AudioTower Load(string runFolder, AudioTowerShape shape)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(runFolder, ContrastiveRun.WeightsName));
        return new AudioTower(ParameterSet.Load(shape.Layout(), file), shape);
    }

    /// <summary>A tower of random weights.</summary>
    internal static AudioTower Random(AudioTowerShape shape, int seed)
    {
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, seed);
        return new AudioTower(weights, shape);
    }
}
