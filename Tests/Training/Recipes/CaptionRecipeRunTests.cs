using System.Text.Json;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Recipes;

/// <summary>A folder of tones and noise with a manifest, a few captions, and the real tagger: from a captioner to a tower that is trained on what it wrote.</summary>
public sealed class CaptionRecipeRunTests
{
    private static readonly CaptionSplit split = new() { HeldOutShare = 0.2, ValidationShare = 0.15, NamedShare = 0.4 };

    private TestFolder folder = null!;
    private SoundModel model = null!;
    private RecipeOptions options = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        string tagger = Path.GetDirectoryName(SharedData.Require("teachers/mn04/mn04.safetensors"))!;
        folder = new TestFolder();
        string audio = Directory.CreateDirectory(Path.Combine(folder.Path, "data", "audio")).FullName, own = Directory.CreateDirectory(Path.Combine(folder.Path, "teachers", "mn04")).FullName;
        foreach (string name in new[] { "mn04.safetensors", "labels.csv" })
        {
            File.Copy(Path.Combine(tagger, name), Path.Combine(own, name));
        }
        List<string> manifest = ["path,set,label,title,fold"];
        for (int i = 0; i < 60; i++)
        {
            bool tone = i % 2 == 0, folded = i % 5 == 0;
            string name = $"{(tone ? "beep" : "rain")}{(char)('a' + i / 26)}{(char)('a' + i % 26)}";
            folder.Sound(name, [.. TestSounds.Noise(32_000, i).Select((n, t) => tone ? 0.5f * MathF.Sin(t * (0.05f + 0.001f * i)) : n)]);
            File.Move(Path.Combine(folder.Path, name + ".wav"), Path.Combine(audio, name + ".wav"));
            manifest.Add($"{name}.wav,{(folded ? "folded" : "loose")},{(tone ? "beep" : "rain")},{name},{(folded ? i / 5 % 2 + 1 : "")}");
        }
        File.WriteAllLines(Path.Combine(audio, "manifest.csv"), manifest);
        string texts = Directory.CreateDirectory(Path.Combine(folder.Path, "data", "text")).FullName;
        File.WriteAllLines(Path.Combine(texts, "audiocaps_train.csv"), ["caption", "rain falls", "heavy rain", "a beep sounds", "beep beep", "a dog barks", "rain on a roof", "an alarm beeps"]);
        model = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        options = new RecipeOptions { Name = "captioner", DataFolder = folder.Path, OutputFolder = folder.Path, Text = model.Text, Seed = 5 };
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        model?.Dispose();
        folder?.Dispose();
    }

    [Test]
    public void Without_a_captioner_the_message_says_what_to_run_first() =>
        Assert.That(() => CaptionRecipeRun.Run(Captions, options with { Name = "captions", Seed = 6 }, model, default), Throws.InstanceOf<IOException>().With.Message.Contains("train captioner"));

    [Test]
    public void A_captioner_is_trained_judged_and_left_alone_when_it_is_at_its_end()
    {
        string run = CaptionRecipeRun.Run(Captioner, options, model, default);
        byte[] weights = File.ReadAllBytes(Path.Combine(run, SoundSearch.Training.Captioning.Captioner.WeightsFile));
        CaptionRecipeRun.Run(Captioner, options, model, default);
        JsonElement figures = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, RunCard.FileName))).RootElement.GetProperty("figures");
        Assert.Multiple(() =>
        {
            Assert.That(Path.GetFileName(run), Is.EqualTo("captioner-5"));
            Assert.That(File.ReadAllBytes(Path.Combine(run, SoundSearch.Training.Captioning.Captioner.WeightsFile)), Is.EqualTo(weights));
            Assert.That(figures.GetProperty("held out, with tags: content F1").GetDouble(), Is.InRange(0, 1));
            Assert.That(figures.GetProperty("test, without tags: CIDEr-D").GetDouble(), Is.InRange(0, 10));
            Assert.That(File.ReadAllLines(Path.Combine(run, CaptionRecipeRun.ExamplesName)), Has.Length.GreaterThan(8));
            Assert.That(() => CaptionRecipeRun.Run(Captioner with { Captioner = Captioner.Captioner! with { Steps = 9 } }, options, model, default), Throws.TypeOf<FileFormatException>());
        });
    }

    [Test]
    public void It_writes_for_the_unlabelled_sounds_and_a_tower_learns_from_that_and_goes_on_with_real_pairs()
    {
        CaptionRecipeRun.Run(Captioner, options, model, default); // trained, or found trained
        string written = CaptionRecipeRun.Run(Captions, options with { Name = "captions" }, model, default), list = Path.Combine(written, CaptionWriting.FileName);
        IReadOnlyList<CaptionLine> lines = CaptionList.Read(list, _ => true);
        string trained = RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Captions = "captions" }), options with { Name = "pretrain" }, default);
        string tuned = RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Start = "pretrain" }), options with { Name = "finetune" }, default);
        string[] names = [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(tuned, RunCard.FileName))).RootElement.GetProperty("figures").EnumerateObject().Select(f => f.Name)];
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(l => l.Path), Is.Unique);
            Assert.That(File.ReadLines(Path.Combine(folder.Path, "data", "audio", "manifest.csv")).Where(l => l.EndsWith(",2", StringComparison.Ordinal)).Select(l => l.Split(',')[0]), Is.SubsetOf(lines.Select(l => l.Path)));
            Assert.That(File.Exists(Path.Combine(trained, ContrastiveRun.WeightsName)));
            Assert.That(names, Does.Contain("zero-shot accuracy"));
        });
        File.WriteAllText(list, File.ReadAllText(list).Replace(lines[0].Path, "nowhere.wav", StringComparison.Ordinal));
        Assert.That(
            () => RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Captions = "captions" }), options with { Name = "again" }, default),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("nowhere.wav"));
        File.WriteAllText(list, "path,caption\n");
        Assert.That(
            () => RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Captions = "captions" }), options with { Name = "again" }, default),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("header"));
    }

    [Test]
    public void Pairs_without_the_run_they_need_say_which() => Assert.Multiple(() =>
    {
        Assert.That(() => RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Captions = "nothing" }), options with { Name = "p" }, default), Throws.InstanceOf<IOException>().With.Message.Contains("train nothing"));
        Assert.That(() => RecipeRun.Run(Pairs(new CaptionPairsOptions { Split = split, Start = "nothing" }), options with { Name = "p" }, default), Throws.InstanceOf<IOException>().With.Message.Contains("train nothing"));
    });

    private static CaptionRecipe Captioner => new()
    {
        Kind = CaptionRecipeKind.Captioner,
        Split = split,
        Captioner = new CaptionerOptions { Vocabulary = 600, Width = 32, Heads = 2, Layers = 1, Steps = 8, TextRows = 4, SoundRows = 4, ValidateEvery = 4 },
        Writing = new WritingOptions { Beams = 2 },
    };

    private static CaptionRecipe Captions => new() { Kind = CaptionRecipeKind.Captions, Writing = new WritingOptions { Captioner = "captioner", Beams = 2 } };

    private static RunRecipe Pairs(CaptionPairsOptions pairs) => new()
    {
        Kind = RecipeKind.CaptionPairs,
        Tower = new AudioTowerShape { Frames = 64, Bins = 128, PatchHeight = 32, PatchWidth = 32, StrideHeight = 32, StrideWidth = 32, Width = 32, Heads = 1, Layers = 1, Embedding = 384 },
        Pairs = pairs,
        Contrastive = new ContrastiveOptions { ImageWeight = 0, TextWeight = 1, Epochs = 1, Batch = 8 },
    };
}
