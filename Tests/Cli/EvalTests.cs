using System.Text.Json;
using SoundSearch.Samples.Synthesis;

namespace SoundSearch.Tests.Cli;

/// <summary>soundsearch eval with the shipped model on synthesised sounds in official layouts.</summary>
[NonParallelizable] // the console is shared
public class EvalTests
{
    private string folder = "";

    [OneTimeSetUp]
    public void Make()
    {
        folder = Directory.CreateTempSubdirectory("soundsearch-eval-").FullName;
        string sounds = Path.Combine(folder, "audio");
        Directory.CreateDirectory(sounds);
        var truth = SynthesizedLibrary.Write(sounds).ToArray();
        Directory.CreateDirectory(Path.Combine(folder, "meta"));
        File.WriteAllLines(
            Path.Combine(folder, "meta", "esc50.csv"),
            ["filename,fold,target,category", .. truth.Select((s, i) => $"{Path.GetFileName(s.File)},{i % 2 + 1},{i},{s.What.Replace(' ', '_')}"), "gone.wav,1,99,silence"]);
        File.WriteAllLines(
            Path.Combine(folder, "test.csv"),
            ["audiocap_id,youtube_id,start_time,caption", .. truth.Select((s, i) => $"{i},{Path.GetFileNameWithoutExtension(s.File)},0,the sound of {s.What}")]);
    }

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Zero_shot_beats_chance_by_far_and_prints_its_protocol_with_and_without_prompt()
    {
        string plots = Path.Combine(folder, "plots");
        (int code, string output, string errors) = CommandLineTests.Run("eval", "esc50", folder, "--json", "--plots", plots);
        Assert.That(code, Is.Zero, errors);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        JsonElement[] figures = [.. report.GetProperty("figures").EnumerateArray()];
        int clips = report.GetProperty("clips").GetInt32();
        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("missing").GetInt32(), Is.EqualTo(1));
            Assert.That(figures, Has.Length.EqualTo(2));
            Assert.That(figures[0].GetProperty("protocol").GetString(), Does.Contain("the sound of"));
            Assert.That(figures[1].GetProperty("protocol").GetString(), Does.Contain("bare"));
            Assert.That(figures[0].GetProperty("values").GetProperty("accuracy").GetDouble(), Is.GreaterThan(4.0 / clips));
            Assert.That(Directory.GetFiles(plots).Select(Path.GetFileName), Is.EquivalentTo(new[] { "classes.svg", "confusion.svg", "classes-bare.svg", "confusion-bare.svg" }));
        });
    }

    [Test]
    public void Captions_are_retrieved_both_ways()
    {
        (int code, string output, string errors) = CommandLineTests.Run("eval", "audiocaps", folder, "--json");
        Assert.That(code, Is.Zero, errors);
        JsonElement values = JsonDocument.Parse(output).RootElement.GetProperty("figures")[0].GetProperty("values");
        Assert.Multiple(() =>
        {
            Assert.That(values.GetProperty("textToSound").GetProperty("r10").GetDouble(), Is.GreaterThan(0.6));
            Assert.That(values.GetProperty("soundToText").GetProperty("r10").GetDouble(), Is.GreaterThan(0.6));
        });
    }

    [Test]
    public void Folds_are_chosen_and_unknown_ones_refused()
    {
        (int code, string output, string errors) = CommandLineTests.Run("eval", "esc50", folder, "--folds", "2", "--prompt", "");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("fold 2").And.Contain("bare labels"));
        (code, _, errors) = CommandLineTests.Run("eval", "esc50", folder, "--folds", "7");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(errors, Does.Contain("1, 2"));
    }

    [Test]
    public void A_data_set_that_is_not_there_exits_with_1_and_says_what_to_put_where()
    {
        (int code, _, string errors) = CommandLineTests.Run("eval", "clotho", folder);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain("clotho_captions_evaluation.csv").And.Contain("evaluation/"));
        });
    }
}
