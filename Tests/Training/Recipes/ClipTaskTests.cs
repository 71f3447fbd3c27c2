using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Clips;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Recipes;

/// <summary>VA on real files: every thing has a colour and a tone, and the image tower, of random weights, tells colours apart.</summary>
public sealed class ClipTaskTests
{
    private const int Width = 32, Things = 6;

    private TestFolder folder = null!;
    private RecipeOptions options = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        TestPictures.RequireFfmpeg();
        folder = new TestFolder();
        AudioTower image = RecipeRun.Random(TestPictures.Shape(Width) with { Pool = Pool.Mean }, 3);
        // Fresh patch weights are so small that all pictures look alike beside their positions.
        Span<float> patches = image.Parameters.Tensors.Single(t => t.Name.EndsWith("conv1.weight", StringComparison.Ordinal)).Span;
        TensorPrimitives.Multiply(patches, 20, patches);
        options = new RecipeOptions { Name = "va", DataFolder = Path.Combine(folder.Path, "clips"), OutputFolder = folder.Path, Text = new TestPictures.WordEncoder(Width), Image = () => image };
        for (int thing = 0; thing < Things; thing++)
        {
            TestVideos.Picture(Path.Combine(options.DataFolder, "frames", $"{thing}.png"), Colour(thing));
        }
        Index("train.jsonl", 0, 96);
        Index("test.jsonl", 96, 24);
    }

    [OneTimeTearDown]
    public void TearDown() => folder.Dispose();

    [TestCase(FrameRule.Random)]
    [TestCase(FrameRule.Nearest)]
    [TestCase(FrameRule.Multi)]
    public void Sounds_of_an_index_learn_what_their_frames_show(FrameRule rule)
    {
        RunRecipe recipe = Recipe(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" }, new ContrastiveOptions { Frames = rule, RandomEpochs = 10, Epochs = 40, Batch = 16, LearningRate = 5e-3 });
        string run = RecipeRun.Run(recipe, options with { Name = $"va-{rule}" }, CancellationToken.None);
        JsonElement card = Card(run), figures = card.GetProperty("figures"), chance = card.GetProperty("chance");
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("data")[0].GetString(), Does.StartWith("96 clips to train on, 24 to measure with"));
            Assert.That(card.GetProperty("data")[1].GetString(), Is.EqualTo("to measure with: 24 clips with labels, 6 different sets, and 24 captions"));
            Assert.That(figures.EnumerateObject().Select(f => f.Name), Is.EqualTo(ClipFigures.PictureColumns.Concat(ClipFigures.TextColumns)));
            // A right set of labels has 4 of 24 clips: whose first is right has a quarter of them.
            Assert.That(figures.GetProperty("picture>sound precision@1").GetDouble(), Is.GreaterThan(0.4)); // six pictures: 0.5 is three of them
            Assert.That(figures.GetProperty("sound>picture precision@1").GetDouble(), Is.GreaterThan(0.4));
            Assert.That(figures.GetProperty("picture>own sound R@10").GetDouble(), Is.GreaterThan(0.75)); // chance: 10 of 24
            Assert.That(figures.GetProperty("picture>sound recall@1").GetDouble(), Is.EqualTo(figures.GetProperty("picture>sound precision@1").GetDouble() / 4).Within(1e-9));
            Assert.That(chance.GetProperty("picture>sound precision@1").GetDouble(), Is.EqualTo(1.0 / Things).Within(0.1));
            Assert.That(File.Exists(Path.Combine(run, ContrastiveRun.WeightsName)));
        });
    }

    [Test]
    public void A_plain_folder_of_videos_is_enough()
    {
        string videos = Path.Combine(folder.Path, "videos");
        for (int v = 0; v < 18; v++)
        {
            TestVideos.Write(Path.Combine(videos, $"{v:00}.mkv"), (0.6, Colour(v % Things), Hertz(v % Things) * (1 + 0.002 * v)));
        }
        RunRecipe recipe = Recipe(new ClipOptions { HeldOutShare = 0.3 }, new ContrastiveOptions { Epochs = 40, Batch = 8, LearningRate = 2e-3 });
        JsonElement card = Card(RecipeRun.Run(recipe, options with { Name = "va-folder", DataFolder = videos }, CancellationToken.None));
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("data")[1].GetString(), Is.EqualTo($"to measure with: 0 clips with labels, 0 different sets, and 0 captions"));
            Assert.That(card.GetProperty("figures").GetProperty("picture>sound precision@1").GetDouble(), Is.GreaterThan(card.GetProperty("chance").GetProperty("picture>sound precision@1").GetDouble()));
        });
    }

    [Test]
    public void AudioSets_layout_with_the_papers_optimiser_start_and_accumulation_runs_from_another_towers_weights()
    {
        string audioSet = Path.Combine(folder.Path, "audioset");
        for (int v = 0; v < 12; v++)
        {
            TestVideos.Write(Path.Combine(audioSet, v < 8 ? "balanced_train" : "eval", $"id{v}_30.mkv"), (0.4, Colour(v % Things), Hertz(v % Things)));
        }
        string Lines(int first, int count) => "# YTID, start_seconds, end_seconds, positive_labels\n" + string.Concat(Enumerable.Range(first, count).Select(v => $"id{v}, 30.000, 40.000, \"/m/{v % Things}\"\n"));
        File.WriteAllText(Path.Combine(audioSet, "balanced_train_segments.csv"), Lines(0, 8));
        File.WriteAllText(Path.Combine(audioSet, "eval_segments.csv"), Lines(8, 5)); // the last is gone
        RunRecipe shipped = RunRecipe.Read(Path.Combine(AppContext.BaseDirectory, "Recipes", "va-audioset.json"));
        RunRecipe recipe = shipped with
        {
            Tower = new AudioTowerShape { Frames = 32, Bins = 128, PatchHeight = 16, PatchWidth = 16, StrideHeight = 16, StrideWidth = 16, Width = 64, Heads = 1, Layers = 1, Embedding = Width },
            Contrastive = shipped.Contrastive with { Batch = 8, Epochs = 3, Accumulate = 2 },
        };
        AudioTower image = RecipeRun.Random(TestPictures.Shape(Width), 3); // with a class token, to start from
        var told = new StringWriter();
        JsonElement card = Card(RecipeRun.Run(recipe, options with { Name = "va-audioset", DataFolder = audioSet, Progress = told, Image = () => image }, CancellationToken.None));
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("data")[0].GetString(), Does.StartWith("8 clips to train on, 4 to measure with"));
            Assert.That(told.ToString(), Does.Contain("1 listed, but not there, the first: id12"));
        });
    }

    [TestCase(CaptionKind.Gold)]
    [TestCase(CaptionKind.Labels)]
    public void Sounds_with_captions_and_no_frames_are_found_by_texts(CaptionKind kind)
    {
        RunRecipe recipe = Recipe(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" }, new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 30, Batch = 16, LearningRate = 5e-3 }) with { Captions = new CaptionOptions { Kind = kind } };
        RecipeOptions blind = options with { Name = $"at-{kind}", Image = () => throw new InvalidOperationException("no pictures are needed") };
        JsonElement card = Card(RecipeRun.Run(recipe, blind, CancellationToken.None)), figures = card.GetProperty("figures");
        string[] lines = File.ReadAllLines(Path.Combine(options.Stores, $"captions-at-{kind}.csv"));
        Assert.Multiple(() =>
        {
            Assert.That(figures.EnumerateObject().Select(f => f.Name), Is.EqualTo(ClipFigures.TextColumns));
            Assert.That(card.GetProperty("data")[2].GetString(), Does.StartWith("texts: 96 of"));
            Assert.That(lines[1], Is.EqualTo(kind == CaptionKind.Gold ? "sounds/0.wav,a dog sounds," : "sounds/0.wav,0,"));
            if (kind == CaptionKind.Gold)
            {
                Assert.That(figures.GetProperty("text>sound R@5").GetDouble(), Is.GreaterThan(0.5)); // chance: 5 of 24
            }
        });
    }

    [Test]
    public void Captions_are_mined_by_the_frames_of_clips_and_frames_go_on_beside_them()
    {
        File.WriteAllLines(Path.Combine(options.DataFolder, "captions_train.csv"), Words.Select(w => $"a {w} sounds").Prepend("caption"));
        RunRecipe recipe = Recipe(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" }, new ContrastiveOptions { ImageWeight = 1, TextWeight = 1, Epochs = 2, Batch = 16 }) with
        {
            Captions = new CaptionOptions { Kind = CaptionKind.Mined, Source = "captions_train.csv", PerClip = 2, Frames = FrameRule.Nearest },
        };
        JsonElement card = Card(RecipeRun.Run(recipe, options with { Name = "vat" }, CancellationToken.None));
        string[] lines = File.ReadAllLines(Path.Combine(options.Stores, "captions-vat.csv"));
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("figures").EnumerateObject().Select(f => f.Name), Is.EqualTo(ClipFigures.PictureColumns.Concat(ClipFigures.TextColumns)));
            Assert.That(lines, Has.Length.EqualTo(1 + 96 * 2));
            // What one picture finds, it finds for every clip that shows nothing else.
            Assert.That(lines.Skip(1).Where((_, i) => i % 2 == 0).Select(l => l.Split(',')[1]).Distinct().Count(), Is.InRange(2, Things));
            Assert.That(
                () => RecipeRun.Run(recipe with { Captions = recipe.Captions! with { Source = "" } }, options with { Name = "vat-names" }, CancellationToken.None),
                Throws.ArgumentException.With.Message.Contains("'source'"));
        });
    }

    [Test]
    public void Nobody_trains_on_captions_that_are_for_evaluation()
    {
        RunRecipe recipe = Recipe(new ClipOptions { Index = "test.jsonl", Validation = "train.jsonl" }, new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 16 }) with { Captions = new CaptionOptions { Kind = CaptionKind.Gold } };
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "at-test" }, CancellationToken.None), Throws.ArgumentException.With.Message.Contains("evaluation only"));
    }

    [Test]
    public void A_run_goes_on_from_one_of_its_own_seed_and_says_so()
    {
        ContrastiveOptions contrastive = new() { Epochs = 1, Batch = 16 };
        var clips = new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" };
        RecipeRun.Run(Recipe(clips, contrastive), options with { Name = "first" }, CancellationToken.None);
        JsonElement card = Card(RecipeRun.Run(Recipe(clips with { From = "first" }, contrastive), options with { Name = "second" }, CancellationToken.None));
        Assert.That(card.GetProperty("data").EnumerateArray().Last().GetString(), Is.EqualTo("starts from first-1"));
        Assert.That(
            () => RecipeRun.Run(Recipe(clips with { From = "first" }, contrastive), options with { Name = "third", Seed = 9 }, CancellationToken.None),
            Throws.InstanceOf<IOException>().With.Message.Contains("train first --seed 9'"));
    }

    [Test]
    public void An_image_tower_of_another_space_or_none_at_all_is_refused()
    {
        RunRecipe recipe = Recipe(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" }, new ContrastiveOptions { Epochs = 1, Batch = 16 });
        AudioTower wide = RecipeRun.Random(TestPictures.Shape(48), 1);
        Assert.That(() => RecipeRun.Run(recipe, options with { Name = "wide", Image = () => wide }, CancellationToken.None), Throws.ArgumentException.With.Message.Contains("48 values"));
        Assert.That(
            () => RecipeRun.Run(recipe with { Clips = recipe.Clips! with { Pivot = "nobody-1" } }, options with { Name = "nobody" }, CancellationToken.None),
            Throws.InstanceOf<IOException>().With.Message.Contains("train nobody --seed 1'"));
    }

    private static RunRecipe Recipe(ClipOptions clips, ContrastiveOptions contrastive) => new()
    {
        Kind = RecipeKind.Clips,
        Tower = new AudioTowerShape { Frames = 32, Bins = 128, PatchHeight = 16, PatchWidth = 16, StrideHeight = 16, StrideWidth = 16, Width = 64, Heads = 1, Layers = 1, Embedding = Width },
        Clips = clips with { MaskBins = 8, MaskFrames = 0.2 },
        Contrastive = contrastive,
    };

    private void Index(string name, int first, int count)
    {
        List<string> lines = [];
        for (int i = first; i < first + count; i++)
        {
            int thing = i % Things;
            folder.Sound($"clips/sounds/{i}", [.. TestSounds.Noise(12_000, i).Select((n, t) => (float)(0.02 * n + 0.5 * Math.Sin(2 * Math.PI * Hertz(thing) * (1 + 0.01 * (i % 5)) * t / 32_000)))]);
            // One of four frames shows something else.
            string[] frames = [.. Enumerable.Range(0, 4).Select(f => $"frames/{(f == 3 && count > 50 ? (i + i / Things) % Things : thing)}.png")];
            lines.Add(JsonSerializer.Serialize(new { clip = $"sounds/{i}.wav", frames, labels = new[] { thing.ToString(CultureInfo.InvariantCulture) }, captions = new[] { $"a {Words[thing]} sounds" } }));
        }
        File.WriteAllLines(Path.Combine(options.DataFolder, name), lines);
    }

    private static readonly string[] Words = ["dog", "cat", "bell", "car", "drum", "bird"];

    private static double Hertz(int thing) => 150 * Math.Pow(1.9, thing);

    private static string Colour(int thing) => new[] { "red", "lime", "blue", "white", "yellow", "black" }[thing];

    private static JsonElement Card(string run) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, RunCard.FileName))).RootElement;
}
