using SoundSearch.Engine.Models;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Training.Recipes;

/// <summary>An audio tower on the world of videos: VA, Nearest and Multiframe Match, AT and VAT, by the recipe's weights and frame rule.</summary>
internal sealed class VideoTask : IRecipeTask
{
    /// <summary>The list that a person may correct, in the stores' folder; the videos with their truth, in the run's.</summary>
    public const string MatchesName = "matches.csv", TruthName = "truth.csv";

    private const string AgreementInTraining = "agreement in training";

    private readonly RunRecipe recipe;
    private readonly string runs;
    private readonly AudioTower pivot;
    private readonly VideoWorld world;
    private readonly VideoPairs pairs;
    private readonly VideoFigures figures;
    private readonly List<IDisposable> stores;

    private VideoTask(RunRecipe recipe, RecipeOptions options, string folder, List<IDisposable> stores, CancellationToken cancellation)
    {
        (this.recipe, this.stores, runs) = (recipe, stores, options.OutputFolder);
        VideoOptions videos = recipe.Videos!;
        (RunRecipe pictures, pivot) = RecipeRun.Load(options.OutputFolder, videos.Pivot);
        PictureStore store = Keep(PictureData.Open(pictures.Pictures!, pictures.Tower.Frames, options.Stores, options.PackagesFolder, options.Progress, cancellation));
        MelStore pack = Keep(MelStoreBuilder.OpenOrBuild(
            Path.Combine(options.Stores, "pack.mels"), () => PackManifest.Read(Path.Combine(options.DataFolder, "data", "audio")), options.Progress, cancellation));
        MelStore? stamps = PictureData.OpenSounds(pictures.Pictures!, options.Stores, options.PackagesFolder, options.Progress, cancellation) is { } own ? Keep(own) : null;
        var sounds = new SoundMixture(stamps is null ? [pack] : [pack, stamps]);
        IReadOnlySet<string> words = CaptionSource.Words(store.Entries.SelectMany(e => e.Info.Words));
        string?[] texts = [.. Enumerable.Range(0, sounds.Count).Select(s => SoundText.Of(sounds.Entry(s).Info, words))];
        // Under a label a title has more to tell.
        string[][] named = [.. texts.Select((text, s) => text is null ? [] : sounds.Entry(s).Info.Label.Length > 0 ? CaptionSource.TextsOf(sounds.Entry(s).Info, words) : new[] { text })];
        string list = Path.Combine(options.Stores, MatchesName);
        if (!File.Exists(list))
        {
            MatchList.Write(list, MatchList.Propose(Enumerable.Range(0, texts.Length).Where(s => texts[s] is not null).Select(s => (sounds.Entry(s).Info.Path, texts[s]!)), store, options.Text, videos));
            options.Progress?.WriteLine($"{list}: which pictures show what is heard, to be read and corrected");
        }
        IReadOnlyList<Match> matches = MatchList.Read(list);
        DataHashes = [store.Digest, pack.Digest, stamps?.Digest ?? "", DataHash.OfFile(list)];
        float[] vectors = PictureVectors.OfAll(pivot, store, Path.Combine(options.OutputFolder, videos.Pivot, PictureVectors.FileName));
        IReadOnlySet<int>? known = videos.KnownRank > 0 ? PictureVectors.Known(vectors, store, options.Text, videos.KnownRank) : null;
        world = new VideoWorld(sounds, texts, store, matches, videos, known);
        world.WriteTruth(Path.Combine(folder, TruthName));
        var numbers = Enumerable.Range(0, sounds.Count).ToDictionary(s => sounds.Entry(s).Info.Path, StringComparer.Ordinal);
        IReadOnlyList<CaptionLine>? captions = recipe.Captions is null ? null : Captions(options, s => named[s], numbers, vectors, cancellation);
        pairs = new VideoPairs(world, videos, recipe.Contrastive.ImageWeight > 0 ? vectors : null, options.Text, recipe.Contrastive.Seed, captions?.GroupBy(c => numbers[c.Path]).ToDictionary(g => g.Key, g => g.Select(c => c.Caption).ToArray()));
        figures = new VideoFigures(world, vectors, options.Text, recipe.Tower.Frames);
        string[] trained = captions is null ? [] : [$"texts: {captions.Count:N0} of {recipe.Captions!.Kind.ToString().ToLowerInvariant()} captions, {pairs.Count:N0} sounds to train on"];
        Data =
        [
            $"{matches.Count(m => m.Use):N0} of {matches.Count:N0} matches in use; {world.Train.Count:N0} videos to train on, {figures.Sizes}",
            $"a frame at random shows what is heard in {VideoWorld.Chance(world.TrainTruth):P1} of the training videos, {VideoWorld.Chance(world.TestTruth):P1} of the held-out ones",
            .. trained,
        ];
    }

    public IPairSource Pairs => pairs;

    public IReadOnlyList<string> Data { get; }

    public IReadOnlyList<string> DataHashes { get; private set; }

    public IReadOnlyList<string> Figures => VideoFigures.Columns;

    public IReadOnlyList<string> Plotted => ["zero-shot accuracy", "text>sound R@10", "sound>picture R@10", "picture>sound R@10", "agreement"];

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

    public IReadOnlyDictionary<string, double> Chance() => new Dictionary<string, double>(Figures.Zip(figures.Chance(), KeyValuePair.Create))
    {
        [AgreementInTraining] = VideoWorld.Chance(world.TrainTruth),
    };

    public AudioTower Start(int seed) => RecipeRun.Start(recipe.Videos!, recipe, runs, pivot, seed);

    public string? StartsFrom => RecipeRun.StartsFrom(recipe.Videos!, recipe);

    public IReadOnlyDictionary<string, double> Judge(IReadOnlyList<int> chosenFrames)
    {
        double agreement = VideoWorld.Agreement(chosenFrames, [.. pairs.Videos.Select(v => world.TrainTruth[v])]);
        return double.IsNaN(agreement) ? new Dictionary<string, double>() : new Dictionary<string, double> { [AgreementInTraining] = agreement };
    }

    public void Dispose() => stores.ForEach(s => s.Dispose());

    private IReadOnlyList<CaptionLine> Captions(RecipeOptions options, Func<int, IReadOnlyList<string>> gold, Dictionary<string, int> numbers, float[] vectors, CancellationToken cancellation)
    {
        CuratedSound Curated(Video v)
        {
            SoundInfo info = world.Sounds.Entry(v.Sound).Info;
            return new CuratedSound(info.Path, gold(v.Sound), info.Label.Length > 0 ? [info.Label.Replace('_', ' ').ToLowerInvariant()] : [], v.Pictures);
        }
        var list = new RecipeCaptions(recipe, options);
        IReadOnlyList<CaptionLine> lines = list.Lines(
            [.. world.Train.Select(Curated)], [.. world.Store.Entries.Select(p => p.Info.Group).Distinct().Order(StringComparer.Ordinal)], vectors,
            () => Start((int)recipe.Contrastive.Seed), tower => SoundVectors.Of(tower, world.Sounds, [.. world.Train.Select(v => v.Sound)]),
            numbers.ContainsKey, path => world.IsHeldOut(numbers[path]), cancellation);
        DataHashes = [.. DataHashes, DataHash.OfFile(list.Path)];
        return lines;
    }

    private T Keep<T>(T store) where T : IDisposable
    {
        stores.Add(store);
        return store;
    }
}
