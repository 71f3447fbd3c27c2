using System.Globalization;
using SoundSearch.Engine;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Recipes;

/// <summary>Where a recipe runs.</summary>
public sealed record RecipeOptions
{
    /// <summary>Of the recipe: its file's, without the ending.</summary>
    public required string Name { get; init; }

    /// <summary>Holds data/audio with its manifest, or the videos of a recipe of <see cref="RecipeKind.Clips"/>; only recipes with sounds need it.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Runs go to NAME-SEED in it, what they share (pictures, spectrograms, downloads) to "stores".</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Debian packages and npm archives that are at hand already, or null.</summary>
    public string? PackagesFolder { get; init; }

    /// <summary>The frozen text tower.</summary>
    public required ITextEncoder Text { get; init; }

    /// <summary>The frozen image tower of the same model; asked only for recipes that name no other.</summary>
    public Func<AudioTower> Image { get; init; } = () => throw new InvalidOperationException("The model has no image tower.");

    /// <summary>Null: the recipe's.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Of the products in training; null: the recipe's.</summary>
    public TrainingPrecision? Precision { get; init; }

    /// <summary>Weights to start the trained tower from (a run's tower.safetensors), in the place of the recipe's start; or null.</summary>
    public string? StartWeights { get; init; }

    public TextWriter? Progress { get; init; }

    public string Stores => Path.Combine(OutputFolder, "stores");

    /// <summary>Name of a recipe's run: its folder's, below <see cref="OutputFolder"/>.</summary>
    public static string RunOf(string recipe, ulong seed) => string.Create(CultureInfo.InvariantCulture, $"{recipe}-{seed}");

    /// <summary>Folder of a recipe's run.</summary>
    public string FolderOf(string recipe, ulong seed) => Path.Combine(OutputFolder, RunOf(recipe, seed));
}
