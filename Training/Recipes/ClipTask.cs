using SoundSearch.Engine.Models;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Recipes;

/// <summary>An audio tower on real files: VA, Nearest and Multiframe Match on videos, AT on captions, VAT on both, by the recipe's weights and frame rule.</summary>
internal sealed class ClipTask : IRecipeTask
{
    private readonly RunRecipe recipe;
    private readonly string runs;
    private readonly AudioTower? pivot;
    private readonly ClipData data;
    private readonly ClipFigures figures;

    private ClipTask(RunRecipe recipe, RecipeOptions options, AudioTower? pivot, ClipData data, CancellationToken cancellation)
    {
        (this.recipe, runs, this.pivot, this.data) = (recipe, options.OutputFolder, pivot, data);
        ClipOptions clips = recipe.Clips!;
        float[]? vectors = pivot is null ? null : Vectors(pivot, data.Pictures!, clips.Pivot);
        DataHashes = [data.Sounds.Digest, data.Pictures?.Digest ?? ""];
        IReadOnlyList<CaptionLine>? captions = recipe.Captions is null ? null : Captions(options, vectors ?? [], cancellation);
        var pairs = new ClipPairs(
            data, clips.Masks, recipe.Contrastive.ImageWeight > 0 ? vectors : null, options.Text, recipe.Contrastive.Seed,
            captions?.GroupBy(c => c.Path, c => c.Caption).ToDictionary(g => g.Key, g => g.ToArray(), StringComparer.Ordinal));
        Pairs = pairs;
        figures = new ClipFigures(data, vectors, options.Text, textFirst: recipe.Contrastive.ImageWeight == 0);
        string[] trained = captions is null ? [] : [$"texts: {captions.Count:N0} of {recipe.Captions!.Kind.ToString().ToLowerInvariant()} captions"];
        Data =
        [
            $"{pairs.Count:N0} clips to train on, {data.Validation.Count:N0} to measure with, of {data.Sounds.Entries.Count:N0} files and {data.Pictures?.Entries.Count ?? 0:N0} frames",
            $"to measure with: {data.Validation.Count(c => c.File.Labels.Count > 0):N0} clips with labels, {data.Validation.Where(c => c.File.Labels.Count > 0).Select(c => string.Join(',', c.File.Labels.Order(StringComparer.Ordinal))).Distinct().Count():N0} different sets, and {data.Validation.Sum(c => c.File.Captions.Count):N0} captions",
            .. trained,
        ];
    }

    public IPairSource Pairs { get; }

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> DataHashes { get; private set; }

    public IReadOnlyList<string> Figures => figures.Columns;

    public string? StartsFrom => RecipeRun.StartsFrom(recipe.Clips!, recipe);

    public static ClipTask Prepare(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        ClipOptions clips = recipe.Clips!;
        bool seen = recipe.Contrastive.ImageWeight > 0 || recipe.Captions?.Kind == CaptionKind.Mined || (clips.Start == TowerStart.Image && clips.From.Length == 0);
        AudioTower? pivot = !seen ? null : clips.Pivot.Length > 0 ? RecipeRun.Load(options.OutputFolder, clips.Pivot).Tower : options.Image();
        if (pivot is not null && pivot.Shape.Embedding != recipe.Tower.Embedding)
        {
            throw new ArgumentException($"The image tower's vectors have {pivot.Shape.Embedding} values, the recipe's tower makes {recipe.Tower.Embedding}: correct its 'embedding', or name another 'pivot'.");
        }
        if (recipe.Captions is not null)
        {
            CaptionFile.RefuseEvaluation(clips.Index);
        }
        var data = ClipData.Open(clips, pivot?.Shape.Frames, options.DataFolder, options.Stores, options.Progress, cancellation);
        try
        {
            return new ClipTask(recipe, options, pivot, data, cancellation);
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

    private static float[] Vectors(AudioTower pivot, PictureStore pictures, string name)
    {
        int width = pivot.Shape.Embedding;
        return (long)pictures.Entries.Count * width <= Array.MaxLength
            ? PictureVectors.OfAll(pivot, pictures, $"{pictures.Path}.{(name.Length > 0 ? name : "model")}.safetensors")
            : throw new ArgumentException($"{pictures.Entries.Count:N0} frames of {width} values are more than fit into memory at once: list fewer clips, or take fewer 'frames'.");
    }

    private IReadOnlyList<CaptionLine> Captions(RecipeOptions options, float[] vectors, CancellationToken cancellation)
    {
        var list = new RecipeCaptions(recipe, options);
        HashSet<string> heldOut = [.. data.Validation.Select(c => c.Name)], known = [.. data.Train.Select(c => c.Name), .. heldOut];
        IReadOnlyList<CaptionLine> lines = list.Lines(
            [.. data.Train.Select(c => new CuratedSound(c.Name, c.File.Captions, c.File.Labels, c.Pictures))], [], vectors,
            () => Start((int)recipe.Contrastive.Seed), tower => SoundVectors.OfWhole(tower, data.Train.Select(c => MelWindows.Cut(data.Rows(c), tower.Shape.Frames))),
            known.Contains, heldOut.Contains, cancellation);
        DataHashes = [.. DataHashes, DataHash.OfFile(list.Path)];
        return lines;
    }
}
