using System.Text.Json;
using SoundSearch.Cli;
using SoundSearch.Samples.Synthesis;

namespace SoundSearch.Tests.Cli;

/// <summary>The command line with the shipped model, on a folder of synthesised sounds and one broken file.</summary>
[NonParallelizable] // the console is shared
public class CommandLineTests
{
    private string folder = "", library = "";
    private Dictionary<string, string> truth = [];

    [OneTimeSetUp]
    public void IndexOnce()
    {
        folder = Directory.CreateTempSubdirectory("soundsearch-cli-").FullName;
        library = Path.Combine(folder, ".soundsearch");
        truth = SynthesizedLibrary.Write(folder).ToDictionary(s => s.File, s => s.What);
        File.WriteAllText(Path.Combine(folder, "broken.wav"), "RIFF but no sound");
        (int code, string output, string errors) = Run("index", folder, "--json");
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, errors);
            Assert.That(report.GetProperty("indexed").GetInt32(), Is.EqualTo(truth.Count));
            Assert.That(report.GetProperty("failed")[0].GetProperty("path").GetString(), Does.EndWith("broken.wav"));
            Assert.That(report.GetProperty("failed")[0].GetProperty("reason").GetString(), Is.Not.Empty);
            foreach (string name in (string[])["files", "unchanged", "removed", "segments", "audioSeconds", "seconds"])
            {
                Assert.That(report.TryGetProperty(name, out _), name);
            }
        });
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [TestCase]
    [TestCase("find", "rain")]
    [TestCase("search")]
    [TestCase("search", " ", "--library", "x")]
    [TestCase("search", "rain", "-k", "0")]
    [TestCase("search", "rain", "-k", "many")]
    [TestCase("search", "rain", "--vector-only", "--words-only", "--library", "x")]
    [TestCase("search", "rain", "/no/such/folder")]
    [TestCase("index", "/no/such/folder")]
    [TestCase("index", ".", "--threads", "0")]
    [TestCase("index", ".", "--model", "no-such-model")]
    [TestCase("classify", "/no/such/file", "--labels", "a,b")]
    [TestCase("classify", ".", "--labels", ", ,")]
    [TestCase("classify", ".", "--labels", "dog,dog")]
    [TestCase("similar", "/no/such/file", "--library", "x")]
    public void Wrong_usage_exits_with_2_and_says_why(params string[] arguments)
    {
        (int code, string output, string errors) = Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2), errors);
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.StartWith("soundsearch: "));
        });
    }

    [Test]
    public void A_missing_library_exits_with_1_and_is_named()
    {
        (int code, _, string errors) = Run("info", "--library", Path.Combine(folder, "nothing"));
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain(Path.Combine(folder, "nothing")));
        });
    }

    [Test]
    public void A_filter_that_makes_no_sense_is_wrong_usage_and_shows_the_place()
    {
        (int code, _, string errors) = Run("search", "rain", "--library", library, "--where", "duration < and");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(2));
            Assert.That(errors, Does.Contain("at character"));
        });
    }

    [Test]
    public void Indexing_again_changes_nothing()
    {
        (_, string output, _) = Run("index", folder, "--json");
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("indexed").GetInt32(), Is.Zero);
            Assert.That(report.GetProperty("unchanged").GetInt32(), Is.EqualTo(truth.Count));
            Assert.That(report.GetProperty("removed").GetInt32(), Is.Zero);
        });
    }

    [Test]
    public void A_search_in_json_has_rank_score_path_and_place()
    {
        (int code, string output, string errors) = Run("search", "rain", "--library", library, "-k", "5", "--json", "--vector-only");
        Assert.That(code, Is.Zero, errors);
        JsonElement[] hits = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Multiple(() =>
        {
            Assert.That(hits, Has.Length.EqualTo(5));
            Assert.That(hits.Select(h => h.GetProperty("rank").GetInt32()), Is.EqualTo(Enumerable.Range(1, 5)));
            Assert.That(hits.Select(h => h.GetProperty("score").GetDouble()), Is.Ordered.Descending);
            Assert.That(hits.All(h => truth.ContainsKey(h.GetProperty("path").GetString()!)));
            Assert.That(hits.All(h => h.GetProperty("start").GetDouble() < h.GetProperty("end").GetDouble()));
            Assert.That(hits.All(h => h.GetProperty("duration").GetDouble() > 0));
        });
    }

    [Test]
    public void Most_synthesised_sounds_are_found_by_what_they_are_among_24_with_meaningless_names()
    {
        string[] queries = ["police siren", "bird song", "wind", "ocean waves", "explosion", "bass drum", "clock ticking", "heavy rain"];
        string[] answers = ["police siren", "bird chirping", "wind", "ocean waves", "explosion", "bass drum", "clock ticking", "heavy rain"];
        int found = 0;
        for (int i = 0; i < queries.Length; i++)
        {
            (_, string output, _) = Run("search", queries[i], "--library", library, "-k", "3", "--json", "--vector-only");
            found += JsonDocument.Parse(output).RootElement.EnumerateArray().Any(h => truth[h.GetProperty("path").GetString()!] == answers[i]) ? 1 : 0;
        }
        Assert.That(found, Is.GreaterThanOrEqualTo(5)); // chance: 1 of 8
    }

    [Test]
    public void Sounds_like_this_one_leave_it_out()
    {
        string file = truth.Keys.First();
        (int code, string output, _) = Run("similar", file, "--library", library, "-k", "3", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(JsonDocument.Parse(output).RootElement.EnumerateArray().Select(h => h.GetProperty("path").GetString()), Has.None.EqualTo(file).And.Exactly(3).Items);
        });
    }

    [Test]
    public void Classification_in_json_gives_the_best_label_and_all_cosines()
    {
        string siren = truth.Single(s => s.Value == "police siren").Key;
        (int code, string output, _) = Run("classify", siren, "--labels", "siren, rain,dog", "--json");
        JsonElement result = JsonDocument.Parse(output).RootElement[0];
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero);
            Assert.That(result.GetProperty("path").GetString(), Is.EqualTo(siren));
            Assert.That(result.GetProperty("label").GetString(), Is.EqualTo("siren"));
            Assert.That(result.GetProperty("scores").EnumerateObject().Select(s => s.Name), Is.EquivalentTo(new[] { "siren", "rain", "dog" }));
        });
    }

    [Test]
    public void Names_count_unless_only_the_sound_is_asked_for()
    {
        string dogs = Path.Combine(folder, "Dogs");
        Directory.CreateDirectory(dogs);
        string named = Path.Combine(dogs, "Bark_02.wav");
        File.Copy(truth.Single(s => s.Value == "white noise hiss").Key, named);
        try
        {
            (_, string output, _) = Run("search", "dog bark", folder, "--words-only", "--json");
            Assert.That(JsonDocument.Parse(output).RootElement[0].GetProperty("path").GetString(), Is.EqualTo(named));
        }
        finally
        {
            Directory.Delete(dogs, recursive: true);
            Run("index", folder);
        }
    }

    [Test]
    public void A_library_verifies() => Assert.That(Run("verify", "--library", library).Code, Is.Zero);

    [Test]
    public void The_shipped_model_is_listed() => Assert.That(Run("model", "list").Output, Does.Contain("pocket"));

    internal static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        TextWriter output = Console.Out, errors = Console.Error;
        var (newOutput, newErrors) = (new StringWriter(), new StringWriter());
        Console.SetOut(newOutput);
        Console.SetError(newErrors);
        try
        {
            return (Runner.Run(CommandLine.Create(), arguments), newOutput.ToString(), newErrors.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }
}
