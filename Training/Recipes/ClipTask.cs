using SoundSearch.Engine.Models;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Training.Recipes;

/// <summary>An audio tower on real videos, or sounds with pictures: VA, Nearest and Multiframe Match, by the recipe's frame rule.</summary>
internal sealed class ClipTask : IRecipeTask
{
    private readonly RunRecipe recipe;
    private readonly string runs;
    private readonly AudioTower pivot;
    private readonly ClipData data;
    private readonly ClipFigures figures;

    private ClipTask(RunRecipe recipe, RecipeOptions options, AudioTower pivot, ClipData data)
    {
        (this.recipe, runs, this.pivot, this.data) = (recipe, options.OutputFolder, pivot, data);
        int width = pivot.Shape.Embedding;
        if ((long)data.Pictures.Entries.Count * width > Array.MaxLength)
        {
            throw new ArgumentException($"{data.Pictures.Entries.Count:N0} frames of {width} values are more than fit into memory at once: list fewer clips, or take fewer 'frames'.");
        }
        float[] vectors = PictureVectors.OfAll(pivot, data.Pictures, $"{data.Pictures.Path}.{(recipe.Clips!.Pivot.Length > 0 ? recipe.Clips.Pivot : "model")}.safetensors");
        Pairs = new ClipPairs(data, recipe.Clips.Masks, vectors, width, recipe.Contrastive.Seed);
        figures = new ClipFigures(data, vectors, width);
        Data =
        [
            $"{data.Train.Count:N0} clips to train on, {data.Validation.Count:N0} to measure with, of {data.Sounds.Entries.Count:N0} files and {data.Pictures.Entries.Count:N0} frames",
            $"labels: {data.Validation.Count(c => c.Labels.Count > 0):N0} of the clips to measure with have some, {data.Validation.Select(c => string.Join(',', c.Labels.Order(StringComparer.Ordinal))).Distinct().Count():N0} different sets",
        ];
    }

    public IPairSource Pairs { get; }

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> DataHashes => [data.Sounds.Digest, data.Pictures.Digest];

    public IReadOnlyList<string> Figures => ClipFigures.Columns;

    public string? StartsFrom => RecipeRun.StartsFrom(recipe.Clips!, recipe);

    public static ClipTask Prepare(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        ClipOptions clips = recipe.Clips!;
        AudioTower pivot = clips.Pivot.Length > 0 ? RecipeRun.Load(options.OutputFolder, clips.Pivot).Tower : options.Image();
        if (pivot.Shape.Embedding != recipe.Tower.Embedding)
        {
            throw new ArgumentException($"The image tower's vectors have {pivot.Shape.Embedding} values, the recipe's tower makes {recipe.Tower.Embedding}: correct its 'embedding', or name another 'pivot'.");
        }
        var data = ClipData.Open(clips, pivot.Shape.Frames, options.DataFolder, options.Stores, options.Progress, cancellation);
        try
        {
            return new ClipTask(recipe, options, pivot, data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public double[] Measure(AudioTower tower) => figures.Measure(tower);

    public IReadOnlyDictionary<string, double> Chance() => new Dictionary<string, double>(Figures.Zip(figures.Chance(), KeyValuePair.Create));

    public AudioTower Start(int seed) => RecipeRun.Start(recipe.Clips!, recipe, runs, pivot, seed);

    public void Dispose() => data.Dispose();
}
