using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Training.Recipes;

public sealed class RunTableTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void SetUp() => folder = new TestFolder();

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void Runs_of_a_recipe_become_mean_and_standard_deviation_over_their_seeds()
    {
        Card("va", 1, 60, ("accuracy", 0.5), ("recall", 0.25));
        Card("va", 2, 120, ("accuracy", 0.6), ("recall", 0.25));
        Card("va", 10, 180, ("accuracy", 0.7), ("recall", 0.25));
        var table = RunTable.Read(folder.Path);
        RecipeFigures va = table.Recipes.Single();
        Assert.Multiple(() =>
        {
            Assert.That(table.Problems, Is.Empty);
            Assert.That(va.Seeds, Is.EqualTo(new[] { 1, 2, 10 }));
            Assert.That(va.Seconds, Is.EqualTo(120));
            Assert.That(va.Figures["accuracy"].Mean, Is.EqualTo(0.6).Within(1e-12));
            Assert.That(va.Figures["accuracy"].Deviation, Is.EqualTo(0.1).Within(1e-12), "two degrees of freedom");
            Assert.That(va.Figures["recall"].Deviation, Is.Zero);
        });
    }

    [Test]
    public void The_table_has_a_row_for_each_recipe_and_one_for_chance()
    {
        Card("va", 1, 60, ("accuracy", 0.5), ("recall", 0.25));
        Card("va", 2, 84, ("accuracy", 0.7), ("recall", 0.25));
        Card("at", 1, 30, ("accuracy", 0.9));
        Assert.That(RunTable.Read(folder.Path).ToMarkdown([]), Is.EqualTo(
            """
            | recipe | accuracy | recall | runs | time of a run |
            | --- | ---: | ---: | ---: | ---: |
            | at | 90.0 |  | 1 | 0.5 min |
            | va | 60.0 ± 14.1 | 25.0 ± 0.0 | 2 | 1.2 min |
            | chance | 10.0 | 10.0 |  |  |

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Recipes_without_a_figure_in_common_have_tables_of_their_own_and_columns_can_be_chosen()
    {
        Card("va", 1, 60, ("accuracy", 0.5), ("recall", 0.25));
        Card("pictures", 1, 60, ("names", 0.5));
        Card("at", 1, 60, ("recall", 0.5));
        var table = RunTable.Read(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(table.ToMarkdown([]).Split("\n\n"), Has.Length.EqualTo(2));
            Assert.That(table.ToMarkdown(["recall"]).Split('\n')[0], Is.EqualTo("| recipe | recall | runs | time of a run |"));
            Assert.That(table.ToMarkdown(["recall"]), Does.Not.Contain("pictures"));
        });
    }

    [TestCase("", "line 1")]
    [TestCase("null", "null")]
    [TestCase("{\n\"recipe\": \"va\", \"seed\": -1}", "line 2")]
    [TestCase("{\"recipe\": \"va\", \"seed\": 2, \"data\": []}", "figures")]
    [TestCase("{\"recipe\": null, \"seed\": 2, \"data\": [], \"figures\": {}}", "recipe")]
    public void A_broken_card_is_named_and_the_others_are_shown(string json, string reason)
    {
        Card("va", 1, 60, ("accuracy", 0.5));
        string broken = Path.Combine(folder.Path, "va-2");
        Directory.CreateDirectory(broken);
        File.WriteAllText(Path.Combine(broken, RunCard.FileName), json);
        var table = RunTable.Read(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That(table.Recipes.Single().Seeds, Is.EqualTo(new[] { 1 }));
            Assert.That(table.Problems, Has.One.Items);
            Assert.That(table.Problems[0], Does.Contain(Path.Combine("va-2", RunCard.FileName)).And.Contain(reason).And.Contain("Run the recipe again"));
        });
    }

    [Test]
    public void Folders_without_a_card_are_no_finished_runs()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, "stores"));
        Assert.That(RunTable.Read(folder.Path).Recipes, Is.Empty);
        Assert.That(() => RunTable.Read(Path.Combine(folder.Path, "gone")), Throws.InstanceOf<IOException>());
    }

    private void Card(string recipe, ulong seed, double seconds, params (string Name, double Value)[] figures)
    {
        string run = Path.Combine(folder.Path, $"{recipe}-{seed}");
        Directory.CreateDirectory(run);
        new RunCard(recipe, seed, ["made"], figures.ToDictionary(f => f.Name, f => f.Value)) { Seconds = seconds, Chance = figures.ToDictionary(f => f.Name, _ => 0.1) }.Write(run);
    }
}
