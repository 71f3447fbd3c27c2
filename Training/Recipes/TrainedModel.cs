using System.Globalization;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Recipes;

/// <summary>A recipe's audio tower as a model that indexes and searches.</summary>
public static class TrainedModel
{
    private const double Overlap = 0.5; // of windows, as in measuring

    /// <summary>The model, to be saved.</summary>
    /// <param name="runFolder">Of a finished run.</param>
    /// <param name="frozen">Its text tower is the one that the run was trained with, or with the pictures of.</param>
    /// <param name="name">Of the new model.</param>
    /// <param name="licence">Of its weights.</param>
    /// <exception cref="IOException">The run is not finished, or a file is damaged.</exception>
    /// <exception cref="ArgumentException">The run trained a picture tower, or for texts of another length.</exception>
    public static ModelContents Read(string runFolder, SoundModel frozen, string name, string licence)
    {
        string card = Path.Combine(runFolder, RunCard.FileName);
        if (!File.Exists(card))
        {
            throw new IOException($"{card} is not there: name the folder of a finished run (DIR/RECIPE-SEED).");
        }
        RunCard run = RunCard.Read(card);
        RunRecipe recipe = RunRecipe.Read(Path.Combine(runFolder, RecipeRun.RecipeName));
        if (recipe.Kind == RecipeKind.PictureTower)
        {
            throw new ArgumentException($"{runFolder} holds a tower that sees pictures and hears nothing: name the run of an audio tower.");
        }
        if (recipe.Tower.Embedding != frozen.Description.Embedding)
        {
            throw new ArgumentException($"The tower's vectors have {recipe.Tower.Embedding} values, those of '{frozen.Description.Name}' {frozen.Description.Embedding}: name with --model the model that the run was trained with.");
        }
        string data = string.Create(CultureInfo.InvariantCulture, $"Recipe {run.Recipe}, seed {run.Seed}, with the text tower of {frozen.Description.Name} {frozen.Description.Version}: {string.Join("; ", run.Data)}.");
        var description = new ModelDescription
        {
            Name = name,
            Version = "1",
            Licence = licence,
            TrainingData = data,
            RecipeVersion = frozen.Description.RecipeVersion,
            Audio = recipe.Tower,
            Features = new FeatureRecipe(FeatureKind.LogMel, recipe.Tower.Frames),
            Window = new WindowRule(recipe.Tower.Frames * (double)LogMel.Hop / LogMel.Rate, Overlap),
        };
        return frozen.WithAudio(description, RecipeRun.Load(runFolder, recipe.Tower).Parameters);
    }
}
