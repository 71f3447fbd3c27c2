using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Recipes;

/// <summary>An audio tower on the world of videos: VA, Nearest and Multiframe Match, AT and VAT, by the recipe's weights and frame rule.</summary>
internal sealed class VideoTask : IRecipeTask
{
    /// <summary>The list that a person may correct, in the stores' folder; the videos with their truth, in the run's.</summary>
    public const string MatchesName = "matches.csv", TruthName = "truth.csv";

    private readonly RunRecipe recipe;
    private readonly AudioTower pivot;
    private readonly VideoWorld world;
    private readonly VideoFigures figures;
    private readonly List<IDisposable> stores;

    private VideoTask(RunRecipe recipe, RecipeOptions options, string folder, List<IDisposable> stores, CancellationToken cancellation)
    {
        (this.recipe, this.stores) = (recipe, stores);
        VideoOptions videos = recipe.Videos!;
        string pivotFolder = Path.Combine(options.OutputFolder, videos.Pivot), pivotRecipe = Path.Combine(pivotFolder, RecipeRun.RecipeName);
        if (!File.Exists(pivotRecipe) || !File.Exists(Path.Combine(pivotFolder, ContrastiveRun.WeightsName)))
        {
            throw new IOException($"{pivotFolder} holds no image tower: run 'soundsearch train picture-tower' with the same --out first.");
        }
        RunRecipe pictures = RunRecipe.Read(pivotRecipe);
        pivot = RecipeRun.Load(pivotFolder, pictures.Tower);
        PictureStore store = Keep(PictureData.Open(pictures.Pictures!, pictures.Tower.Frames, options.Stores, options.PackagesFolder, options.Progress, cancellation));
        MelStore pack = Keep(Pack(options, cancellation));
        MelStore? stamps = PictureData.OpenSounds(pictures.Pictures!, options.Stores, options.PackagesFolder, cancellation) is { } own ? Keep(own) : null;
        var sounds = new SoundMixture(stamps is null ? [pack] : [pack, stamps]);
        // A title counts if all of its words are words that pictures have.
        IReadOnlySet<string> words = CaptionSource.Words(store.Entries.SelectMany(e => e.Info.Words));
        string?[] texts = [.. Enumerable.Range(0, sounds.Count).Select(s => CaptionSource.TextsOf(sounds.Entry(s).Info, words).FirstOrDefault())];
        string list = Path.Combine(options.Stores, MatchesName);
        if (!File.Exists(list))
        {
            MatchList.Write(list, MatchList.Propose(Enumerable.Range(0, texts.Length).Where(s => texts[s] is not null).Select(s => (sounds.Entry(s).Info.Path, texts[s]!)), store, options.Text, videos));
            options.Progress?.WriteLine($"{list}: which pictures show what is heard, to be read and corrected");
        }
        IReadOnlyList<Match> matches = MatchList.Read(list);
        world = new VideoWorld(sounds, texts, store, matches, videos);
        world.WriteTruth(Path.Combine(folder, TruthName));
        Pairs = new VideoPairs(world, videos, pivot, options.Text, recipe.Contrastive.Seed);
        figures = new VideoFigures(world, pivot, options.Text);
        Data =
        [
            $"{matches.Count(m => m.Use):N0} of {matches.Count:N0} matches in use; {world.Train.Count:N0} videos to train on, {figures.Sizes}",
            $"a frame at random shows what is heard in {VideoWorld.Chance(world.TrainTruth):P1} of the training videos, {VideoWorld.Chance(world.TestTruth):P1} of the held-out ones",
        ];
    }

    public IPairSource Pairs { get; }

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> Figures => VideoFigures.Columns;

    public static VideoTask Prepare(RunRecipe recipe, RecipeOptions options, string folder, CancellationToken cancellation)
    {
        List<IDisposable> stores = [];
        try
        {
            return new VideoTask(recipe, options, folder, stores, cancellation);
        }
        catch
        {
            stores.ForEach(s => s.Dispose());
            throw;
        }
    }

    public double[] Measure(AudioTower tower) => figures.Measure(tower);

    public AudioTower Start(int seed) => recipe.Videos!.Start == TowerStart.Random
        ? RecipeRun.Random(recipe.Tower, seed)
        : new AudioTower(ClipVisual.Load(recipe.Tower, pivot.Parameters, recipe.Videos.Pivot), recipe.Tower);

    public IReadOnlyDictionary<string, double> Judge(IReadOnlyList<int> chosenFrames)
    {
        double agreement = VideoWorld.Agreement(chosenFrames, world.TrainTruth);
        return double.IsNaN(agreement) ? new Dictionary<string, double>() : new Dictionary<string, double> { ["agreement in training"] = agreement };
    }

    public void Dispose() => stores.ForEach(s => s.Dispose());

    private static MelStore Pack(RecipeOptions options, CancellationToken cancellation)
    {
        string path = Path.Combine(options.Stores, "pack.mels");
        if (!File.Exists(path))
        {
            options.Progress?.WriteLine($"{path}: spectrograms of all sounds, made once");
            new MelStoreBuilder(path).Build(PackManifest.Read(Path.Combine(options.DataFolder, "data", "audio")), cancel: cancellation);
        }
        return MelStore.Open(path);
    }

    private T Keep<T>(T store) where T : IDisposable
    {
        stores.Add(store);
        return store;
    }
}
