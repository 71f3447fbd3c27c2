using System.Text.Json;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Recipes;
using SoundSearch.Training.Run;
using SoundSearch.Training.Videos;

namespace SoundSearch.Tests.Training.Recipes;

/// <summary>Pictures of two colours, one for each word of their name, sounds of one tone each, a text tower that adds words up: the whole way from pictures to sounds that are found by texts.</summary>
public sealed class RecipeRunTests
{
    private const int Width = 32;
    private const double HeldOut = 0.25;
    private static readonly string[] front = ["red", "old", "big", "wet", "wild", "tin"], back = ["dog", "cat", "bell", "car", "drum", "bird"];
    private static readonly string[] words = [.. from f in front from b in back select $"{f} {b}"];
    private static readonly string[] things = [.. front.Zip(back, (f, b) => $"{f} {b}")]; // that are heard

    private TestFolder folder = null!;
    private RecipeOptions options = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        options = new RecipeOptions { Name = "pictures", DataFolder = folder.Path, OutputFolder = folder.Path, Text = new TestPictures.WordEncoder(Width) };
        Directory.CreateDirectory(options.Stores);
        TestPictures.Store(options.Stores, [.. words.SelectMany(t => Enumerable.Range(0, 4).Select(n => TestPictures.Info($"set{n}/{t}", t)))]).Dispose();
        File.Move(Path.Combine(options.Stores, "test.pics"), Path.Combine(options.Stores, $"pictures{TestPictures.Side}.pics"));
        new MelStoreBuilder(Path.Combine(options.Stores, "pack.mels")).Build(
            [.. Enumerable.Range(0, 160).Select(i => folder.Sound($"tone{i}", Tone(i % things.Length, i), things[i % things.Length]))]);
        RecipeRun.Run(Pictures(), options, CancellationToken.None); // the pivot
    }

    [OneTimeTearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void A_picture_tower_learns_the_words_of_pictures_and_leaves_a_card()
    {
        string run = RecipeRun.Run(Pictures(), options, CancellationToken.None); // a run that is at its end stays as it is
        JsonElement card = Card(run);
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(run), Is.EqualTo("pictures-1"));
            Assert.That(File.Exists(Path.Combine(run, ContrastiveRun.WeightsName)));
            Assert.That(File.ReadAllText(Path.Combine(run, LearningCurve.LossName)), Does.StartWith("<svg").And.Contain("pictures-1").And.Contain("polyline"));
            Assert.That(File.ReadAllText(Path.Combine(run, LearningCurve.FiguresName)), Does.Contain(PictureFigures.Columns[0].Replace(">", "&gt;", StringComparison.Ordinal)));
            Assert.That(card.GetProperty("seconds").GetDouble(), Is.GreaterThan(0));
            Assert.That(card.GetProperty("seed").GetInt32(), Is.EqualTo(1));
            Assert.That(card.GetProperty("dataHash").GetString(), Has.Length.EqualTo(16));
            Assert.That(card.GetProperty("figures").EnumerateObject().Select(f => f.Name), Is.EqualTo(PictureFigures.Columns));
            Assert.That(Losses(run)[^1], Is.LessThan(Losses(run)[0] * 0.8));
        });
    }

    [TestCase(FrameRule.Random)]
    [TestCase(FrameRule.Nearest)]
    public void Sounds_that_met_only_pictures_are_found_by_texts(FrameRule rule)
    {
        JsonElement card = Card(Va(rule)), figures = card.GetProperty("figures"), chance = card.GetProperty("chance");
        Assert.Multiple(() =>
        {
            Assert.That(figures.GetProperty("sound>text R@1").GetDouble(), Is.GreaterThan(0.4)); // chance: 1 in 6
            Assert.That(figures.GetProperty("agreement").GetDouble(), Is.GreaterThan(0.7));      // chance: about 0.5
            Assert.That(figures.GetProperty("zero-shot accuracy").GetDouble(), Is.GreaterThan(0.4));
            Assert.That(chance.GetProperty("zero-shot accuracy").GetDouble(), Is.EqualTo(1.0 / 6).Within(0.07));
            Assert.That(chance.GetProperty("agreement").GetDouble(), Is.EqualTo(0.5).Within(0.1));
            Assert.That(chance.EnumerateObject().Select(c => c.Name), Is.SupersetOf(VideoFigures.Columns));
            Assert.That(File.Exists(Path.Combine(options.Stores, "matches.csv")));
            Assert.That(File.Exists(Path.Combine(folder.Path, $"va-{rule}-1", "truth.csv")));
        });
    }

    [Test]
    public void A_run_with_another_seed_has_a_folder_of_its_own_and_may_start_from_a_runs_weights()
    {
        RunRecipe recipe = Videos(new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 16, LearningRate = 1e-9 }) with { Captions = new CaptionOptions { Kind = CaptionKind.Gold } };
        string weights = Path.Combine(Va(FrameRule.Random), ContrastiveRun.WeightsName);
        string run = RecipeRun.Run(recipe, options with { Name = "at", Seed = 7, StartWeights = weights }, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(run), Is.EqualTo("at-7"));
            Assert.That(Card(run).GetProperty("figures").GetProperty("sound>text R@1").GetDouble(), Is.GreaterThan(0.4), "as good as where it started");
            Assert.That(Card(run).GetProperty("figures").TryGetProperty("agreement in training", out _), Is.False, "no frames were chosen");
        });
    }

    [Test]
    public void Texts_that_fit_teach_more_than_texts_at_random_and_the_list_of_them_stays()
    {
        File.WriteAllLines(Path.Combine(folder.Path, "captions_train.csv"), words.Prepend("caption"));
        Va(FrameRule.Random);
        double Train(string name, CaptionOptions captions)
        {
            RunRecipe recipe = Videos(new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 8, Batch = 16, LearningRate = 2e-3 });
            recipe = recipe with { Videos = recipe.Videos! with { From = $"va-{FrameRule.Random}" }, Captions = captions };
            JsonElement card = Card(RecipeRun.Run(recipe, options with { Name = name }, CancellationToken.None));
            Assert.That(card.GetProperty("data").EnumerateArray().Last().GetString(), Is.EqualTo($"starts from va-{FrameRule.Random}-1"));
            return card.GetProperty("figures").GetProperty("sound>text R@1").GetDouble();
        }
        double random = Train("at-random", new CaptionOptions { Kind = CaptionKind.Random, Source = "captions_train.csv" });
        double mined = Train("at-mined", new CaptionOptions { Kind = CaptionKind.Mined, Source = "captions_train.csv", PerClip = 3 });
        double gold = Train("at-gold", new CaptionOptions { Kind = CaptionKind.Gold });
        double listed = Train("at-listed", new CaptionOptions { Kind = CaptionKind.Listed, List = "stores/captions-at-gold.csv", Pairs = 100 });
        Directory.CreateDirectory(Path.Combine(folder.Path, "writer-1"));
        File.WriteAllLines(Path.Combine(folder.Path, "writer-1", CaptionWriting.FileName), words.Select(w => $"tones/x.wav,{w},-1.5").Prepend("path,caption,logProbability"));
        double written = Train("at-written", new CaptionOptions { Kind = CaptionKind.Mined, Written = "writer-1", PerClip = 3 });
        Assert.Multiple(() =>
        {
            Assert.That(written, Is.EqualTo(mined), "the same captions, whoever wrote them");
            Assert.That(random, Is.LessThan(mined - 0.1));
            Assert.That(new[] { gold, listed }, Is.All.GreaterThan(0.8).And.All.GreaterThan(random + 0.2));
            Assert.That(File.ReadLines(Path.Combine(options.Stores, "captions-at-mined.csv")).First(), Is.EqualTo("path,caption,cosine"));
        });
    }

    [Test]
    public void Without_the_list_or_with_an_unknown_path_in_it_nothing_is_trained()
    {
        RunRecipe recipe = Videos(new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 16 }) with { Captions = new CaptionOptions { Kind = CaptionKind.Listed, List = "captions.csv" } };
        void Run() => RecipeRun.Run(recipe, options with { Name = "at-wrong" }, CancellationToken.None);
        Assert.That(Run, Throws.InstanceOf<IOException>().With.Message.Contains("captions.csv is not there"));
        File.WriteAllText(Path.Combine(folder.Path, "captions.csv"), "path,caption\nnowhere.opus,A dog barks\n");
        Assert.That(Run, Throws.TypeOf<FileFormatException>().With.Message.Contains("line 2").And.Message.Contains("nowhere.opus"));
    }

    [Test]
    public void A_run_starts_from_the_run_of_its_own_seed_and_chooses_among_captions_of_a_run_that_is_there()
    {
        Va(FrameRule.Random);
        RunRecipe recipe = Videos(new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 16 }) with { Captions = new CaptionOptions { Kind = CaptionKind.Gold } };
        recipe = recipe with { Videos = recipe.Videos! with { From = $"va-{FrameRule.Random}" } };
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "at-second", Seed = 2 }, CancellationToken.None), Throws.InstanceOf<IOException>().With.Message.Contains($"train va-{FrameRule.Random} --seed 2'"));
        recipe = recipe with { Captions = new CaptionOptions { Kind = CaptionKind.Mined, Written = "nobody-3" } };
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "at-nobody" }, CancellationToken.None), Throws.InstanceOf<IOException>().With.Message.Contains("train nobody --seed 3'").And.Message.Contains("captions.csv"));
    }

    [Test]
    public void A_tower_of_other_sizes_is_no_start()
    {
        RunRecipe recipe = Videos(new ContrastiveOptions { Epochs = 1, Batch = 16 });
        recipe = recipe with { Tower = recipe.Tower with { Heads = 2 }, Videos = recipe.Videos! with { From = $"va-{FrameRule.Random}" } };
        Va(FrameRule.Random);
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "va-other" }, CancellationToken.None), Throws.ArgumentException.With.Message.Contains("Heads = 2"));
    }

    [Test]
    public void A_corrected_list_is_used_and_not_written_over()
    {
        JsonElement first = Card(Va(FrameRule.Random)); // makes the list
        string list = Path.Combine(options.Stores, "matches.csv"), before = File.ReadAllText(list);
        File.WriteAllText(list, string.Join('\n', before.Split('\n').Where(l => !l.Contains($",{things[3]},", StringComparison.Ordinal))));
        try
        {
            RunRecipe recipe = Videos(new ContrastiveOptions { Epochs = 1, Batch = 16 });
            recipe = recipe with { Videos = recipe.Videos! with { Start = TowerStart.Image } };
            JsonElement card = Card(RecipeRun.Run(recipe, options with { Name = "corrected" }, CancellationToken.None));
            Assert.That(card.GetProperty("data")[0].GetString(), Does.StartWith("5 of 5 matches"));
            Assert.That(card.GetProperty("dataHash").GetString(), Has.Length.EqualTo(16).And.Not.EqualTo(first.GetProperty("dataHash").GetString()));
            Assert.That(File.ReadAllText(list), Does.Not.Contain($",{things[3]},"));
        }
        finally
        {
            File.WriteAllText(list, before);
        }
    }

    [Test]
    public void Without_the_image_tower_the_message_says_what_to_run_first()
    {
        RunRecipe recipe = Videos(new ContrastiveOptions { Epochs = 1, Batch = 16 });
        recipe = recipe with { Videos = recipe.Videos! with { Pivot = "never-trained-1" } };
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "va" }, CancellationToken.None), Throws.InstanceOf<IOException>().With.Message.Contains("train never-trained --seed 1'"));
    }

    [Test]
    public void A_text_tower_of_another_width_is_refused() =>
        Assert.That(
            () => RecipeRun.Run(Pictures(), options with { Text = new TestPictures.WordEncoder(16) }, CancellationToken.None), Throws.ArgumentException.With.Message.Contains("16 values"));

    [Test]
    public void A_run_that_is_stopped_says_so_and_goes_on()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        RecipeOptions own = options with { Name = "stopped" };
        Assert.That(() => RecipeRun.Run(Pictures(), own, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        string run = RecipeRun.Run(Pictures(), own, CancellationToken.None);
        Assert.That(File.ReadAllBytes(Path.Combine(run, TrainingLoop.CheckpointName)), Is.EqualTo(File.ReadAllBytes(Path.Combine(folder.Path, "pictures-1", TrainingLoop.CheckpointName))));
    }

    /// <summary>Trains, or finds trained, a tower by pictures alone.</summary>
    private string Va(FrameRule rule) => RecipeRun.Run(
        Videos(new ContrastiveOptions { Frames = rule, RandomEpochs = 10, Epochs = 30, Batch = 16, LearningRate = 2e-3 }), options with { Name = $"va-{rule}" }, CancellationToken.None);

    private static RunRecipe Pictures() => new()
    {
        Kind = RecipeKind.PictureTower,
        Tower = TestPictures.Shape(Width),
        Pictures = new PictureOptions { Stamps = "", HeldOutShare = HeldOut },
        Contrastive = new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 30, Batch = 8, LearningRate = 2e-3 },
    };

    private static RunRecipe Videos(ContrastiveOptions contrastive) => new()
    {
        Kind = RecipeKind.Videos,
        Tower = new AudioTowerShape { Frames = 32, Bins = 128, PatchHeight = 16, PatchWidth = 16, StrideHeight = 16, StrideWidth = 16, Width = 64, Heads = 1, Layers = 1, Embedding = Width },
        Videos = new VideoOptions { Pivot = "pictures-1", KnownRank = 0, MinCosine = 0.9, HeldOutShare = 0.2, MaskBins = 8, MaskFrames = 0.2 },
        Contrastive = contrastive,
    };

    private static float[] Tone(int kind, int seed)
    {
        float[] noise = TestSounds.Noise(12_000, seed);
        double frequency = 150 * Math.Pow(1.9, kind) * (1 + 0.01 * (seed % 5));
        return [.. noise.Select((n, t) => (float)(0.02 * n + 0.5 * Math.Sin(2 * Math.PI * frequency * t / 32_000)))];
    }

    private static JsonElement Card(string run) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, RunCard.FileName))).RootElement;

    private static double[] Losses(string run) => [.. File.ReadLines(Path.Combine(run, TrainingLoop.LogName)).Skip(1)
        .Select(l => double.Parse(l.Split(',')[3], System.Globalization.CultureInfo.InvariantCulture))];
}
