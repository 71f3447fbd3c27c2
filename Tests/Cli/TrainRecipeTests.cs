using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Cli;

/// <summary>What soundsearch train says where nothing can be trained.</summary>
[NonParallelizable] // the console is shared
public class TrainRecipeTests
{
    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("soundsearch-train-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_recipe_that_is_not_there_is_named_with_those_that_are()
    {
        (int code, _, string errors) = CommandLineTests.Run("train", "nonsense", "--data", folder, "--out", folder);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(errors, Does.Contain("'nonsense'").And.Contain("picture-tower").And.Contain("va-nearest"));
        });
    }

    [Test]
    public void Without_a_recipe_or_a_folder_the_usage_is_wrong()
    {
        Assert.Multiple(() =>
        {
            Assert.That(CommandLineTests.Run("train").Code, Is.EqualTo(2));
            Assert.That(CommandLineTests.Run("train", "va-random", "--data", folder).Errors, Does.Contain("--out"));
            Assert.That(CommandLineTests.Run("train", "pocket", "--out", folder).Errors, Does.Contain("--data"));
        });
    }

    [Test]
    public void A_mistake_in_a_recipe_fails_with_its_line()
    {
        string path = Path.Combine(folder, "mine.json");
        File.WriteAllText(path, "{\n  \"kind\": \"videos\",\n  \"colour\": 1\n}");
        (int code, _, string errors) = CommandLineTests.Run("train", path, "--data", folder, "--out", folder);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain("mine.json").And.Contain("line 3").And.Contain("colour"));
        });
    }

    [Test]
    public void A_precision_that_the_machine_lacks_is_refused_before_anything_is_prepared()
    {
        (int code, _, string errors) = CommandLineTests.Run("train", "va-random", "--precision", "bfloat16", "--data", folder, "--out", folder);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, OneDnn.Supports(Precision.BFloat16) ? Does.Contain("train picture-tower") : Does.Contain("BFloat16 products").And.Contain("Use Float32").IgnoreCase.And.Contain("bfloat16Managed"));
        Assert.That(CommandLineTests.Run("train", "va-random", "--precision", "half", "--data", folder, "--out", folder).Code, Is.EqualTo(2));
        Assert.That(CommandLineTests.Run("train", "va-random", "--precision", "bfloat16Managed", "--data", folder, "--out", folder).Errors, Does.Contain("train picture-tower"));
    }

    [Test]
    public void Sounds_before_pictures_is_refused_with_what_to_run_first()
    {
        (int code, _, string errors) = CommandLineTests.Run("train", "va-random", "--data", folder, "--out", folder);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain("train picture-tower"));
        });
    }
}
