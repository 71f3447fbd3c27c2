using SoundSearch.Engine.Models;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Recipes;

/// <summary>An audio tower on sounds and captions: BLAT's pre-training on synthetic pairs and its fine-tuning on real ones (Xu et al. 2023).</summary>
internal sealed class CaptionPairsTask : IRecipeTask
{
    private readonly CaptionData data;
    private readonly AudioTowerShape shape;
    private readonly string? start;
    private readonly ZeroShot heldOut, test;

    private CaptionPairsTask(RunRecipe recipe, RecipeOptions options, CaptionData data)
    {
        (this.data, shape) = (data, recipe.Tower);
        CaptionPairsOptions pairs = recipe.Pairs!;
        ulong seed = recipe.Contrastive.Seed;
        CaptionWorld world = data.World;
        string Run(string name, string file) => Path.Combine(options.FolderOf(name, seed), file) is var path && File.Exists(path)
            ? path
            : throw RecipeRun.Missing(path, RecipeOptions.RunOf(name, seed));
        start = pairs.Start is null ? null : Path.GetDirectoryName(Run(pairs.Start, ContrastiveRun.WeightsName));
        string what = "what they are called";
        DataHashes = [data.Store.Digest];
        IEnumerable<(int, string[])> sounds = world.Sounds(SoundRole.Named, called: true).Select(s => (s, world.Texts[s]));
        if (pairs.Captions is not null)
        {
            string list = Run(pairs.Captions, CaptionWriting.FileName);
            DataHashes = [data.Store.Digest, DataHash.OfFile(list)];
            sounds = CaptionList.Read(list, path => world.Find(path) >= 0)
                .GroupBy(l => world.Find(l.Path), l => l.Caption).Select(g => (g.Key, g.ToArray()));
            what = $"captions of {pairs.Captions}";
        }
        Pairs = new CaptionPairs(data.Store, sounds, pairs, options.Text, seed);
        int[] kept = world.Sounds(SoundRole.HeldOut, called: true), fold = world.Sounds(SoundRole.Test, called: true);
        if (kept.Length == 0 || fold.Length == 0)
        {
            throw new ArgumentException($"{kept.Length} held-out sounds and {fold.Length} of the test fold are called something: there is nothing to measure with.");
        }
        heldOut = Judge(kept);
        test = Judge(fold);
        ZeroShot Judge(int[] sounds) => new([.. sounds.Select(s => new LabelledClip(world.Texts[s][0], MelWindows.Cut(data.Store.Rows(s), shape.Frames)))], options.Text);
        Data = [$"{Pairs.Count:N0} sounds with {what}; {heldOut.Clips:N0} sounds of {heldOut.Classes:N0} names held out, {test.Clips:N0} of {test.Classes:N0} classes in the test fold"];
    }

    public IPairSource Pairs { get; }

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> DataHashes { get; }

    /// <summary>With patience, the first chooses the weights: the test fold decides nothing.</summary>
    public IReadOnlyList<string> Figures { get; } = ["held-out name>sound P@5", "held-out sound>name accuracy", "zero-shot accuracy", "label>sound P@5"];

    public static CaptionPairsTask Prepare(RunRecipe recipe, RecipeOptions options, CancellationToken cancellation)
    {
        CaptionData data = CaptionData.Open(recipe.Pairs!.Split, options.DataFolder, options.Stores, options.Progress, cancellation);
        try
        {
            return new CaptionPairsTask(recipe, options, data);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public double[] Measure(AudioTower tower)
    {
        (double named, double found) = heldOut.Measure(tower);
        (double accuracy, double precision) = test.Measure(tower);
        return [found, named, accuracy, precision];
    }

    public AudioTower Start(int seed) => start is null ? RecipeRun.Random(shape, seed) : RecipeRun.Load(start, shape);

    public string? StartsFrom => Path.GetFileName(start);

    public void Dispose() => data.Dispose();
}
