using SoundSearch.Engine.Formats;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Recipes;
using SoundSearch.Training.Videos;

namespace SoundSearch.Tests.Training.Recipes;

public sealed class RunRecipeTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(Path.GetTempPath(), $"recipe-{Guid.NewGuid():n}.json");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void Every_shipped_recipe_is_read_and_comes_back_from_its_own_JSON()
    {
        string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Recipes"), "*.json");
        Assert.That(files.Select(Path.GetFileNameWithoutExtension), Is.SupersetOf(new[] { "picture-tower", "va-random", "va-nearest", "va-multi", "at-random", "at-mined", "at-mined-names", "at-mined-written", "at-gold-labels", "at-gold", "at-alone", "vat", "at-few-32", "at-few-128", "at-few-512", "blat-pretrain", "blat-finetune", "va-folder", "va-audioset", "at-audiocaps" }));
        foreach (string file in files.Where(f => !CaptionRecipe.IsIn(f)))
        {
            RunRecipe recipe = RunRecipe.Read(file);
            File.WriteAllText(path, recipe.ToJson());
            Assert.That(RunRecipe.Read(path).ToJson(), Is.EqualTo(recipe.ToJson()), file);
        }
    }

    [Test]
    public void The_papers_variants_differ_by_their_switches_alone()
    {
        RunRecipe random = Shipped("va-random"), nearest = Shipped("va-nearest"), multi = Shipped("va-multi"), alone = Shipped("at-alone");
        Assert.Multiple(() =>
        {
            Assert.That(random.Contrastive, Is.EqualTo(nearest.Contrastive with { Frames = FrameRule.Random }));
            Assert.That(random.Contrastive, Is.EqualTo(multi.Contrastive with { Frames = FrameRule.Random }));
            Assert.That(random.Contrastive, Is.EqualTo(alone.Contrastive with { ImageWeight = 1, TextWeight = 0 }));
            Assert.That(new[] { nearest.Videos, multi.Videos, alone.Videos }, Is.All.EqualTo(random.Videos));
            Assert.That(nearest.Contrastive.Frames, Is.EqualTo(FrameRule.Nearest));
            Assert.That(multi.Contrastive.Frames, Is.EqualTo(FrameRule.Multi));
            Assert.That(alone.Captions, Is.EqualTo(new CaptionOptions { Kind = CaptionKind.Gold }));
            Assert.That(random.Videos, Is.EqualTo(new VideoOptions()), "what is written out is the default");
        });
    }

    [Test]
    public void Curations_differ_by_their_texts_alone_and_start_where_VA_ended()
    {
        RunRecipe va = Shipped("va-random"), gold = Shipped("at-gold");
        RunRecipe[] others = [Shipped("at-random"), Shipped("at-mined"), Shipped("at-mined-names"), Shipped("at-mined-written"), Shipped("at-gold-labels"), Shipped("at-few-32"), Shipped("at-few-128"), Shipped("at-few-512")];
        Assert.Multiple(() =>
        {
            Assert.That(others.Select(r => r.Contrastive with { Epochs = gold.Contrastive.Epochs }), Is.All.EqualTo(gold.Contrastive));
            Assert.That(others.Append(gold).Select(r => r.Tower.ToString()), Is.All.EqualTo(va.Tower.ToString()));
            Assert.That(others.Append(gold).Select(r => r.Videos), Is.All.EqualTo(va.Videos! with { From = "va-random" }));
            Assert.That(Shipped("vat").Contrastive, Is.EqualTo(gold.Contrastive with { ImageWeight = 1 }));
            Assert.That(others.Append(gold).Select(r => r.Captions!.Kind).Distinct(), Is.EquivalentTo(new[] { CaptionKind.Random, CaptionKind.Mined, CaptionKind.Labels, CaptionKind.Gold }));
            Assert.That(others.Take(2).Select(r => Path.GetFileName(r.Captions!.Source)), Is.All.EqualTo("audiocaps_train.csv"));
        });
    }

    [TestCase("\"kind\": \"mined\", \"source\"", "\"kind\": \"gold\", \"source\"", "'source'")]
    [TestCase("\"perClip\": 4", "\"perClip\": 0", "'perClip'")]
    [TestCase("\"textWeight\": 1", "\"textWeight\": 0", "'captions'")]
    [TestCase("\"from\": \"va-random\"", "\"from\": \"../va-random\"", "'from'")]
    [TestCase("\"pivot\": \"picture-tower-1\"", "\"pivot\": \"..\"", "'pivot'")]
    [TestCase("\"kind\": \"mined\"", "\"kind\": \"found\"", "line")]
    public void A_recipe_with_a_mistake_in_its_texts_is_refused(string good, string bad, string reason)
    {
        string text = File.ReadAllText(FileOf("at-mined"));
        Assert.That(text, Does.Contain(good));
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));
        Assert.That(() => RunRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [TestCase("\"seed\": 1\n", "\"seed\": 1, \"sede\": 2\n", "sede")]
    [TestCase("\"muon\"", "\"sgd\"", "line")]
    [TestCase("\"kind\": \"videos\"", "\"kind\": 1", "line")]
    [TestCase("\"kind\": \"videos\",", "", "kind")]
    [TestCase("\"kind\": \"videos\"", "\"kind\": \"pictureTower\"", "'pictures'")]
    [TestCase("\"videos\": {", "\"pictures\": {}, \"videos\": {", "no 'pictures'")]
    [TestCase("\"bins\": 128", "\"bins\": 256", "mel bins")]
    [TestCase("\"heads\": 2", "\"heads\": 0", "sizes")]
    [TestCase("\"mostAgreeing\": 3", "\"mostAgreeing\": 5", "5 of 4")]
    [TestCase("\"pivot\": \"picture-tower-1\"", "\"pivot\": \"../elsewhere\"", "pivot")]
    [TestCase("\"pivot\": \"picture-tower-1\"", "\"pivot\": null", "line")]
    [TestCase("\"maskFrames\": 0.1", "\"maskFrames\": 2", "masks")]
    [TestCase("\"heldOutShare\": 0.1", "\"heldOutShare\": 1", "heldOutShare")]
    [TestCase("}\n}", "}", "line")]
    public void A_recipe_with_a_mistake_is_refused_with_its_path_and_place(string good, string bad, string reason)
    {
        string text = File.ReadAllText(FileOf("va-random"));
        Assert.That(text, Does.Contain(good));
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));
        Assert.That(() => RunRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [Test]
    public void A_picture_tower_over_spectrograms_is_refused()
    {
        File.WriteAllText(path, File.ReadAllText(FileOf("picture-tower")).Replace("\"bins\": 64", "\"bins\": 128", StringComparison.Ordinal));
        Assert.That(() => RunRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains("square"));
    }

    private static string FileOf(string name) => Path.Combine(AppContext.BaseDirectory, "Recipes", name + ".json");

    [Test]
    public void Starts_and_stems_are_compared_with_nothing_else_changed()
    {
        RunRecipe va = Shipped("va-random"), image = Shipped("va-start-image"), random = Shipped("va-start-random"), patch = Shipped("va-stem-patch"), conv = Shipped("va-stem-conv");
        Assert.Multiple(() =>
        {
            Assert.That(image with { Videos = image.Videos! with { Start = TowerStart.Random } }, Is.EqualTo(random with { Tower = image.Tower }));
            Assert.That(image.Tower with { StemChannels = random.Tower.StemChannels }, Is.EqualTo(random.Tower));
            Assert.That(patch with { Tower = va.Tower, Contrastive = patch.Contrastive with { Epochs = 12 } }, Is.EqualTo(va));
            Assert.That(conv with { Tower = patch.Tower, Contrastive = conv.Contrastive with { Epochs = 8 } }, Is.EqualTo(patch));
            Assert.That((conv.Tower.Width, conv.Tower.Layers, conv.Tower.Heads, conv.Tower.Tokens(320)), Is.EqualTo((patch.Tower.Width, patch.Tower.Layers, patch.Tower.Heads, patch.Tower.Tokens(320))));
        });
    }

    private static RunRecipe Shipped(string name) => RunRecipe.Read(FileOf(name));
}
