using System.Text.Json;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Cli;

/// <summary>soundsearch train table on made cards.</summary>
[NonParallelizable] // the console is shared
public class TrainTableTests
{
    private string folder = "";

    [SetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("soundsearch-table-").FullName;
        foreach (ulong seed in (ulong[])[1, 2])
        {
            string run = Directory.CreateDirectory(Path.Combine(folder, $"va-{seed}")).FullName;
            new RunCard("va", seed, [], new Dictionary<string, double> { ["accuracy"] = 0.1 * seed, ["recall"] = 0.5 }).Write(run);
        }
    }

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Figures_come_as_Markdown_or_as_JSON()
    {
        (int code, string output, string errors) = CommandLineTests.Run("train", "table", folder, "--figures", "accuracy");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(output, Does.Contain("| va | 15.0 ± 7.1 | 2 |").And.Not.Contain("recall"));
        });
        JsonElement recipe = JsonDocument.Parse(CommandLineTests.Run("train", "table", folder, "--json").Output).RootElement.GetProperty("recipes")[0];
        Assert.Multiple(() =>
        {
            Assert.That(recipe.GetProperty("recipe").GetString(), Is.EqualTo("va"));
            Assert.That(recipe.GetProperty("figures").GetProperty("accuracy").GetProperty("mean").GetDouble(), Is.EqualTo(0.15).Within(1e-12));
        });
    }

    [Test]
    public void A_broken_card_is_told_on_stderr_and_the_rest_is_shown()
    {
        File.WriteAllText(Path.Combine(folder, "va-2", RunCard.FileName), "{");
        (int code, string output, string errors) = CommandLineTests.Run("train", "table", folder);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(output, Does.Contain("| va | 10.0 |"));
            Assert.That(errors, Does.Contain("va-2").And.Contain("line 1"));
        });
    }

    [Test]
    public void Nothing_to_show_fails_and_unknown_figures_are_named_with_those_there_are()
    {
        Assert.Multiple(() =>
        {
            (int code, _, string errors) = CommandLineTests.Run("train", "table", folder, "--figures", "speed");
            Assert.That(code, Is.EqualTo(2));
            Assert.That(errors, Does.Contain("'speed'").And.Contain("accuracy, recall"));
            foreach ((string name, string reason) in new[] { ("va-1", "no finished run"), ("gone", "does not exist") })
            {
                (code, _, errors) = CommandLineTests.Run("train", "table", Path.Combine(folder, name));
                Assert.That(code, Is.EqualTo(1));
                Assert.That(errors, Does.Contain(reason).And.Contain("as --out")); // what to do instead
            }
        });
    }
}
