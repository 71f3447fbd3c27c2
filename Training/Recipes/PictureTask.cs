using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Training.Recipes;

/// <summary>The image tower: pictures against their words, judged by pictures of things that it never saw.</summary>
internal sealed class PictureTask : IRecipeTask
{
    private readonly PictureStore store;
    private readonly AudioTowerShape shape;
    private readonly PictureFigures figures;

    private PictureTask(RunRecipe recipe, PictureStore store, RecipeOptions options)
    {
        (this.store, shape) = (store, recipe.Tower);
        bool HeldOut(int picture) => PictureNames.IsHeldOut(store.Entries[picture].Info.Group, recipe.Pictures!.HeldOutShare);
        int[] all = [.. Enumerable.Range(0, store.Entries.Count)], kept = [.. all.Where(HeldOut)];
        if (kept.Length == 0)
        {
            throw new ArgumentException($"None of the {all.Length} pictures is held out: there is nothing to measure with. Raise 'heldOutShare'.");
        }
        Pairs = new PicturePairs(store, [.. all.Where(p => !HeldOut(p))], options.Text, recipe.Contrastive.Seed);
        figures = new PictureFigures(store, kept, options.Text);
        Data = [$"{Pairs.Count:N0} pictures to train on; {kept.Length:N0} pictures of {figures.Names:N0} things held out ({string.Join(", ", store.Entries.GroupBy(e => e.Info.Set).Select(g => $"{g.Key} {g.Count():N0}"))})"];
    }

    public IPairSource Pairs { get; }

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> DataHashes => [store.Digest];

    public IReadOnlyList<string> Figures => PictureFigures.Columns;

    public static PictureTask Prepare(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        PictureStore store = PictureData.Open(recipe.Pictures!, recipe.Tower.Frames, options.Stores, options.PackagesFolder, options.Progress, cancellation);
        try
        {
            return new PictureTask(recipe, store, options);
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public double[] Measure(AudioTower tower) => figures.Measure(tower);

    public AudioTower Start(int seed) => RecipeRun.Random(shape, seed);

    public void Dispose() => store.Dispose();
}
