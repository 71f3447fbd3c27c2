using System.Text.Json;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Captioning;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Evaluation.Datasets;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Recipes;

/// <summary>BLAT on sounds with captions of one's own: every thing has a tone, a label and a sentence; no tagger and no shared data are there.</summary>
public sealed class CaptionClipsRunTests
{
    private static readonly int things = ToyWorld.Things.Length;

    private TestFolder folder = null!;
    private SoundModel model = null!;
    private RecipeOptions options = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        for (int i = 0; i < 96; i++)
        {
            folder.Sound(Name(i)[..^4], [.. Enumerable.Range(0, 16_000).Select(t => 0.5f * MathF.Sin(t * (0.03f + 0.05f * (i % things)) + i))]);
        }
        folder.Sound("others/x", TestSounds.Noise(16_000, 1));
        Index("train.jsonl", 0, 60, captions: true);
        Index("val.jsonl", 60, 24, captions: true);
        Index("new.jsonl", 84, 12, captions: false);
        model = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        options = new RecipeOptions { Name = "captioner", DataFolder = folder.Path, OutputFolder = Path.Combine(folder.Path, ".runs"), Text = model.Text, Seed = 3 };
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        model?.Dispose();
        folder?.Dispose();
    }

    [Test]
    public void A_captioner_learns_to_say_what_labels_mean_and_a_tower_learns_from_what_it_wrote()
    {
        var told = new StringWriter();
        JsonElement card = Card(CaptionRecipeRun.Run(Captioner(Clips, steps: 240), options with { Progress = told }, model, default));
        IReadOnlyList<CaptionLine> written = Written("captions", new CaptionRecipe { Kind = CaptionRecipeKind.Captions, Writing = writing });
        var pretrain = new RunRecipe
        {
            Kind = RecipeKind.Clips,
            Tower = new() { Frames = 64, Bins = 128, PatchHeight = 32, PatchWidth = 32, StrideHeight = 32, StrideWidth = 32, Width = 32, Heads = 1, Layers = 1, Embedding = 384 },
            Clips = new ClipOptions { Index = "new.jsonl", Validation = "val.jsonl" },
            Captions = new CaptionOptions { Kind = CaptionKind.Listed, List = "captions-3/captions.csv" },
            Contrastive = new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 4 },
        };
        JsonElement tower = Card(RecipeRun.Run(pretrain, options with { Name = "pretrain" }, default));
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("data").EnumerateArray().Select(d => d.GetString()), Has.Some.EqualTo("tags are the labels of 96 sounds"));
            Assert.That(card.GetProperty("figures").GetProperty("held out, with tags: content F1").GetDouble(), Is.GreaterThan(0.8), told.ToString());
            Assert.That(written.Select(l => l.Path), Is.EqualTo(Enumerable.Range(84, 12).Select(Name).Order(StringComparer.Ordinal)));
            Assert.That(written.Count(l => l.Caption == ToyWorld.Caption(Thing(l.Path))), Is.GreaterThan(9), string.Join('\n', written));
            Assert.That(tower.GetProperty("data")[0].GetString(), Does.StartWith("12 clips to train on, 24 to measure with"));
            Assert.That(told.ToString(), Does.Contain("sounds heard by the tower").And.Not.Contain("tagger"));
        });
    }

    [Test]
    public void The_shipped_recipes_run_on_the_official_tables_one_after_the_other()
    {
        string data = Path.Combine(folder.Path, ".official");
        for (int i = 0; i < 60; i++)
        {
            folder.Sound($".official/sounds/id{i}_30", [.. Enumerable.Range(0, 16_000).Select(t => 0.5f * MathF.Sin(t * (0.03f + 0.05f * (i % things)) + i))]);
        }
        void Captions(string name, int first, int count) => folder.Write(
            $".official/{name}.csv", string.Join('\n', Enumerable.Range(first, count).Select(i => $"{i},id{i},30,{ToyWorld.Caption(i % things)}").Prepend("audiocap_id,youtube_id,start_time,caption")));
        Captions("train", 0, 36);
        Captions("val", 36, 6);
        Captions("test", 42, 6);
        folder.Write(".official/unbalanced_train_segments.csv", "# YTID, start_seconds, end_seconds, positive_labels\n" + string.Join('\n', Enumerable.Range(0, 60).Select(i => $"id{i}, 30.000, 40.000, \"/m/{i % things}\"")));
        folder.Write(".official/class_labels_indices.csv", "index,mid,display_name\n" + string.Join('\n', ToyWorld.Things.Select((t, i) => $"{i},/m/{i},{t}")));
        RecipeOptions At(string name) => options with { Name = name, DataFolder = data, OutputFolder = Path.Combine(folder.Path, ".official-runs"), Seed = 1 };
        JsonElement Tower(string name)
        {
            RunRecipe shipped = RunRecipe.Read(Shipped(name));
            return Card(RecipeRun.Run(
                shipped with { Tower = shipped.Tower with { StemChannels = [4, 8, 8], Width = 32, Heads = 1, Layers = 1 }, Contrastive = shipped.Contrastive with { Epochs = 1, Batch = 4, WarmupEpochs = 0.5 } },
                At(name), default));
        }

        CaptionRecipe captioner = CaptionRecipe.Read(Shipped("blat-captioner-audiocaps"));
        CaptionerOptions small = captioner.Captioner! with { Vocabulary = 600, Width = 32, Heads = 2, Layers = 1, Steps = 4, TextRows = 6, ValidateEvery = 4, Warmup = 1 };
        JsonElement card = Card(CaptionRecipeRun.Run(captioner with { Captioner = small }, At("blat-captioner-audiocaps"), model, default));
        string captions = CaptionRecipeRun.Run(CaptionRecipe.Read(Shipped("blat-captions-audioset")), At("blat-captions-audioset"), model, default);
        JsonElement trained = Tower("blat-pretrain-audioset"), tuned = Tower("blat-finetune-audiocaps");
        Assert.Multiple(() =>
        {
            Assert.That(card.GetProperty("data").EnumerateArray().Select(d => d.GetString()), Is.EqualTo(new[]
            {
                "6 captions as text alone, 6 of them name a tag; 36 sounds with captions, 6 more to choose the weights by", "12 sounds unlabelled; 0 held out, 6 to test with", "tags are the labels of 60 sounds",
            }));
            Assert.That(CaptionList.Read(Path.Combine(captions, CaptionWriting.FileName), _ => true).Select(l => l.Path), Is.EquivalentTo(Enumerable.Range(48, 12).Select(i => $"sounds/id{i}_30.wav")));
            Assert.That(trained.GetProperty("data")[0].GetString(), Does.StartWith("12 clips to train on, 6 to measure with"));
            Assert.That(tuned.GetProperty("data")[0].GetString(), Does.StartWith("36 clips to train on, 6 to measure with"));
            Assert.That(tuned.GetProperty("data").EnumerateArray().Last().GetString(), Is.EqualTo("starts from blat-pretrain-audioset-1"));
        });
    }

    [Test]
    public void It_writes_for_all_other_sounds_of_a_folder_without_tags_and_says_when_there_are_none_to_guide()
    {
        CaptionRecipeRun.Run(Captioner(Clips, steps: 4), options with { Name = "short" }, model, default);
        var recipe = new CaptionRecipe { Kind = CaptionRecipeKind.Captions, Clips = new CaptionClips { Unlabelled = "" }, Writing = writing with { Captioner = "short", Tags = false } };
        string others = Path.Combine(folder.Path, "others");
        Assert.Multiple(() =>
        {
            Assert.That(Written("captions-others", recipe, others).Select(l => l.Path), Is.EqualTo(new[] { "x.wav" }));
            Assert.That(
                () => Written("captions-guided", recipe with { Writing = recipe.Writing with { Tags = true } }, others),
                Throws.ArgumentException.With.Message.Contains("'tagger'").And.Message.Contains("\"tags\": false"));
            Assert.That(
                () => Written("captions-tagged", recipe with { Clips = recipe.Clips with { Tagger = "nowhere" } }, others),
                Throws.InstanceOf<IOException>().With.Message.Contains(Path.Combine(others, "nowhere", "labels.csv")));
        });
    }

    [Test]
    public void Without_a_table_to_measure_with_a_share_of_the_index_is_held_out_and_without_labels_only_captions_without_tags_are_judged()
    {
        Lines("bare.jsonl", 0, 60, i => new { clip = Name(i), captions = ToyWorld.Caption(i % things) });
        var clips = new CaptionClips { Index = "bare.jsonl", HeldOutShare = 0.5 };
        using (CaptionData data = CaptionData.Open(clips, folder.Path, options.Stores, null, default))
        {
            int[] roles = [.. new[] { SoundRole.Named, SoundRole.Validation, SoundRole.HeldOut }.Select(r => data.World.Sounds(r).Length)];
            Assert.That(roles.Sum(), Is.EqualTo(60));
            Assert.That(roles, Is.All.GreaterThan(5));
            Assert.That(data.Captions, Is.EquivalentTo(Enumerable.Range(0, things).Select(ToyWorld.Caption)), "each once");
        }
        JsonElement figures = Card(CaptionRecipeRun.Run(Captioner(clips, steps: 4), options with { Name = "bare" }, model, default)).GetProperty("figures");
        Assert.That(figures.EnumerateObject().Select(f => f.Name), Is.Not.Empty.And.All.StartsWith("held out, without tags"));
        Assert.That(
            () => Written("bare-captions", new CaptionRecipe { Kind = CaptionRecipeKind.Captions, Writing = writing with { Captioner = "bare", Tags = false } }),
            Throws.ArgumentException.With.Message.Contains("'unlabelled'"));
    }

    [Test]
    public void A_sound_of_several_tables_is_measured_rather_than_learned_from_and_that_rather_than_unlabelled()
    {
        Lines("some.jsonl", 0, 60, i => new { clip = Name(i), captions = "someone's words" });
        Index("all.jsonl", 0, 96, captions: true);
        using CaptionData data = CaptionData.Open(new CaptionClips { Index = "some.jsonl", Validation = "val.jsonl", Unlabelled = "all.jsonl" }, folder.Path, options.Stores, null, default);
        string[] Of(params SoundRole[] roles) => [.. roles.SelectMany(r => data.World.Sounds(r)).Select(s => data.Store.Entries[s].Info.Path)];
        Assert.Multiple(() =>
        {
            Assert.That(Of(SoundRole.Named), Is.EquivalentTo(Enumerable.Range(0, 60).Select(Name)));
            Assert.That(Of(SoundRole.Validation, SoundRole.HeldOut), Is.EquivalentTo(Enumerable.Range(60, 24).Select(Name)));
            Assert.That(Of(SoundRole.Unlabelled), Is.EquivalentTo(Enumerable.Range(84, 12).Select(Name)));
            Assert.That(data.World.Texts[data.World.Find(Name(0))], Is.EqualTo(new[] { "someone's words" }));
            Assert.That(data.Guides, Is.EqualTo("tags are the labels of 96 sounds"), "the index has none, the last table has");
        });
    }

    [Test]
    public void Captions_without_sounds_teach_to_write_in_the_place_of_the_indexs()
    {
        folder.Write("captions_train.csv", "file_name,caption_1,caption_2\ngone.wav,a cat purrs,a cat\nlost.wav,a cat,\n");
        using CaptionData data = CaptionData.Open(Clips with { Texts = "captions_train.csv" }, folder.Path, options.Stores, null, default);
        Assert.That(data.Captions, Is.EqualTo(new[] { "a cat purrs", "a cat" }));
        Assert.That(data.CaptionsBySound(options.Stores, options.Text, null)[Name(0)], Is.EqualTo(new[] { ToyWorld.Caption(0) }));
    }

    [TestCase("test.jsonl", null, "")]
    [TestCase("train.jsonl", "eval_segments.csv", "")]
    [TestCase("train.jsonl", null, "captions_test.csv")]
    public void Nobody_learns_from_or_writes_for_what_is_for_evaluation(string index, string? unlabelled, string texts) => Assert.That(
        () => CaptionData.Open(new CaptionClips { Index = index, Unlabelled = unlabelled, Texts = texts }, folder.Path, options.Stores, null, default),
        Throws.ArgumentException.With.Message.Contains("evaluation only"));

    [Test]
    public void A_test_table_judges_and_is_neither_learned_from_nor_written_for()
    {
        CaptionClips clips = Clips with { Index = "train.jsonl", Test = "test.jsonl", Unlabelled = "" };
        Index("test.jsonl", 50, 20, captions: true); // some of train's, some of val's
        using (CaptionData data = CaptionData.Open(clips, folder.Path, options.Stores, null, default))
        {
            int[] roles = [.. Enum.GetValues<SoundRole>().Select(r => data.World.Sounds(r).Length)];
            Assert.That(roles, Is.EqualTo(new[] { 50, 14, 13, 0, 20 }), "named, validation, unlabelled (and others/x), held out, test");
        }
        JsonElement figures = Card(CaptionRecipeRun.Run(Captioner(clips, steps: 4), options with { Name = "tested" }, model, default)).GetProperty("figures");
        Assert.That(figures.EnumerateObject().Select(f => f.Name), Is.Not.Empty.And.All.StartsWith("test, "));
    }

    [Test]
    public void A_table_that_is_not_there_is_named() => Assert.That(
        () => CaptionData.Open(new CaptionClips { Index = "gone.csv" }, folder.Path, options.Stores, null, default), Throws.TypeOf<DatasetException>().With.Message.Contains("gone.csv"));

    [Test]
    public void Labels_stand_in_the_place_of_a_taggers_scores_where_there_are_any()
    {
        HeardSounds heard = ToyWorld.Heard(3).WithLabels([[], ["Rain", "Tin_roof"], []]);
        Assert.Multiple(() =>
        {
            Assert.That(heard.Tags(0, 0.1, 4), Is.EqualTo(new[] { "dog", "noise" }));
            Assert.That(heard.Tags(1, 0.1, 4), Is.EqualTo(new[] { "rain", "tin roof" }));
            Assert.That(heard.Labels, Is.EqualTo(ToyWorld.Things.Append("noise").Append("tin roof")));
            Assert.That(heard.Audio(2).ToArray(), Is.EqualTo(ToyWorld.Heard(3).Audio(2).ToArray()));
        });
    }

    private static readonly WritingOptions writing = new() { Captioner = "captioner", Beams = 2 };

    private static CaptionClips Clips => new() { Index = "train.jsonl", Validation = "val.jsonl", Unlabelled = "new.jsonl" };

    private static CaptionRecipe Captioner(CaptionClips clips, int steps) => new()
    {
        Kind = CaptionRecipeKind.Captioner,
        Clips = clips,
        Captioner = new CaptionerOptions { Vocabulary = 600, Width = 32, Heads = 2, Layers = 1, Steps = steps, TextRows = 4, SoundRows = 8, ValidateEvery = steps, Warmup = 4, LearningRate = 5e-3, MuonRate = 5e-3 },
        Writing = writing,
    };

    private static string Name(int sound) => $"sounds/{ToyWorld.Things[sound % things]}{sound}.wav";

    private static int Thing(string path) => Array.FindIndex(ToyWorld.Things, t => path.StartsWith($"sounds/{t}", StringComparison.Ordinal));

    private static string Shipped(string recipe) => Path.Combine(AppContext.BaseDirectory, "Recipes", recipe + ".json");

    private static JsonElement Card(string run) => JsonDocument.Parse(File.ReadAllText(Path.Combine(run, RunCard.FileName))).RootElement;

    private void Index(string name, int first, int count, bool captions) =>
        Lines(name, first, count, i => new { clip = Name(i), labels = new[] { ToyWorld.Things[i % things] }, captions = captions ? new[] { ToyWorld.Caption(i % things) } : [] });

    private void Lines(string name, int first, int count, Func<int, object> line) =>
        folder.Write(name, string.Join('\n', Enumerable.Range(first, count).Select(i => JsonSerializer.Serialize(line(i)))));

    private IReadOnlyList<CaptionLine> Written(string name, CaptionRecipe recipe, string? data = null) =>
        CaptionList.Read(Path.Combine(CaptionRecipeRun.Run(recipe, options with { Name = name, DataFolder = data ?? folder.Path }, model, default), CaptionWriting.FileName), _ => true);
}
