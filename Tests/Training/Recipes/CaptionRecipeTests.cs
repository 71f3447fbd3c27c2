using SoundSearch.Engine.Formats;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Recipes;

public sealed class CaptionRecipeTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(Path.GetTempPath(), $"recipe-{Guid.NewGuid():n}.json");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [TestCase("blat-captioner")]
    [TestCase("blat-captions")]
    [TestCase("blat-captions-untagged")]
    [TestCase("blat-captioner-audiocaps")]
    [TestCase("blat-captions-audioset")]
    public void Every_shipped_recipe_is_read_and_comes_back_from_its_own_JSON(string name)
    {
        Assert.That(CaptionRecipe.IsIn(FileOf(name)));
        CaptionRecipe recipe = CaptionRecipe.Read(FileOf(name));
        File.WriteAllText(path, recipe.ToJson());
        Assert.That(CaptionRecipe.Read(path), Is.EqualTo(recipe));
    }

    [Test]
    public void Compared_recipes_differ_by_what_is_compared_alone()
    {
        RunRecipe tagged = RunRecipe.Read(FileOf("blat-pretrain")), untagged = RunRecipe.Read(FileOf("blat-pretrain-untagged"));
        RunRecipe tuned = RunRecipe.Read(FileOf("blat-finetune")), real = RunRecipe.Read(FileOf("blat-real"));
        CaptionRecipe captioner = CaptionRecipe.Read(FileOf("blat-captioner"));
        Assert.Multiple(() =>
        {
            Assert.That(CaptionRecipe.Read(FileOf("blat-captions")).Writing, Is.EqualTo(CaptionRecipe.Read(FileOf("blat-captions-untagged")).Writing with { Tags = true }));
            Assert.That(untagged.Pairs, Is.EqualTo(tagged.Pairs! with { Captions = "blat-captions-untagged" }));
            Assert.That(tuned.Pairs, Is.EqualTo(real.Pairs! with { Start = "blat-pretrain" }));
            Assert.That(new[] { untagged.Contrastive, real.Contrastive, tuned.Contrastive }, Is.All.EqualTo(tagged.Contrastive));
            Assert.That(new[] { tagged, untagged, tuned, real }.Select(r => r.Pairs!.Split), Is.All.EqualTo(captioner.Split));
        });
    }

    [TestCase("\"steps\": 700", "\"steps\": 0", "steps")]
    [TestCase("\"namedShare\": 0.5", "\"namedShare\": 0.9", "shares")]
    [TestCase("\"beams\": 2", "\"beams\": 0", "beams")]
    [TestCase("\"lengthPower\": 0.8", "\"lengthPower\": -1", "lengthPower")]
    [TestCase("\"mostTags\": 4", "\"mostTag\": 4", "mostTag")]
    [TestCase("\"kind\": \"captioner\"", "\"kind\": \"captions\"", "the rest is the captioner's")]
    [TestCase("\"writing\"", "\"writings\"", "writing")]
    [TestCase("\"beams\": 2", "\"captioner\": \"../elsewhere\"", "name of a recipe")]
    public void A_recipe_with_a_mistake_is_refused_with_its_path(string good, string bad, string reason) => Refused("blat-captioner", good, bad, reason);

    [TestCase("\"index\": \"train.csv\", ", "", "'index'")]
    [TestCase("\"validation\": \"val.csv\"", "\"heldOutShare\": 1", "heldOutShare")]
    [TestCase("\"clips\": {", "\"split\": {}, \"clips\": {", "either 'split' or 'clips'")]
    [TestCase("\"unlabelled\"", "\"unlabeled\"", "unlabeled")]
    public void A_recipe_of_tables_with_a_mistake_is_refused(string good, string bad, string reason) => Refused("blat-captioner-audiocaps", good, bad, reason);

    [TestCase("\"writing\": {", "\"clips\": { \"index\": \"a.csv\", \"unlabelled\": \"\" }, \"writing\": {", "are the captioner's")]
    [TestCase("\"writing\": {", "\"clips\": {}, \"writing\": {", "'unlabelled'")]
    public void Tables_to_write_for_with_a_mistake_are_refused(string good, string bad, string reason) => Refused("blat-captions-audioset", good, bad, reason);

    [TestCase("\"pairs\": {", "\"pear\": {", "pear")]
    [TestCase("\"kind\": \"captionPairs\"", "\"kind\": \"videos\"", "no 'pairs'")]
    [TestCase("\"maskBins\": 16", "\"maskBins\": 129", "masks")]
    [TestCase("\"captions\": \"blat-captions\"", "\"captions\": \"../captions\"", "names of recipes")]
    [TestCase("\"bins\": 128", "\"bins\": 64", "mel bins")]
    public void Pairs_with_a_mistake_are_refused(string good, string bad, string reason)
    {
        string text = File.ReadAllText(FileOf("blat-pretrain"));
        Assert.That(text, Does.Contain(good));
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));
        Assert.That(() => RunRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{ \"kind\": 3 }")]
    [TestCase("{ \"kind\": \"videos\" }")]
    [TestCase("{ \"kind\": \"Captioner\" }")]
    [TestCase("{ \"\\ud8\": 1 }")]
    [TestCase("{ \"\\ud800\": 1 }")]
    public void Other_files_are_none_of_these_recipes(string text)
    {
        File.WriteAllText(path, text);
        Assert.That(CaptionRecipe.IsIn(path), Is.False);
    }

    private void Refused(string recipe, string good, string bad, string reason)
    {
        string text = File.ReadAllText(FileOf(recipe));
        Assert.That(text, Does.Contain(good));
        File.WriteAllText(path, text.Replace(good, bad, StringComparison.Ordinal));
        Assert.That(() => CaptionRecipe.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    private static string FileOf(string name) => Path.Combine(AppContext.BaseDirectory, "Recipes", name + ".json");
}
