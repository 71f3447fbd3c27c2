using System.Text.Json;
using SoundSearch.Tests.Training.Data;

namespace SoundSearch.Tests.Cli;

/// <summary>soundsearch train heads with the shipped model on a few made sounds.</summary>
[NonParallelizable] // the console is shared
public class TrainHeadsTests
{
    private TestFolder folder = null!;

    [OneTimeSetUp]
    public void Make()
    {
        folder = new TestFolder();
        string sounds = Path.Combine(folder.Path, "data", "audio");
        Directory.CreateDirectory(sounds);
        List<string> lines = ["path,set,label,fold"];
        for (int i = 0; i < 24; i++)
        {
            float[] noise = TestSounds.Noise(16_000, i), tone = [.. Enumerable.Range(0, 16_000).Select(t => 0.4f * MathF.Sin(t * 0.05f * (1 + i)) + 0.01f * noise[t])];
            File.Move(folder.Sound($"{i}", i % 2 == 0 ? noise : tone).File, Path.Combine(sounds, $"{i}.wav"));
            lines.Add($"{i}.wav,tiny,{(i % 2 == 0 ? "noise" : "tone")},{i / 2 % 3 + 1}");
        }
        File.WriteAllLines(Path.Combine(sounds, "manifest.csv"), lines);
    }

    [OneTimeTearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void A_probe_of_the_shipped_model_tells_noise_from_tones_and_prints_every_fold()
    {
        (int code, string output, string errors) = Run("--what", "probe", "--json");
        Assert.That(code, Is.Zero, errors);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(report.GetProperty("folds").EnumerateArray().Select(f => f.GetProperty("fold").GetString()), Is.EqualTo(new[] { "1", "2", "3" }));
            Assert.That(report.GetProperty("folds")[0].GetProperty("sounds").GetInt32(), Is.EqualTo(8));
            Assert.That(report.GetProperty("joined").GetDouble(), Is.GreaterThan(0.9));
        });
        (code, output, errors) = Run("--what", "probe"); // again: everything is there
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("fold 3").And.Contain("3 folds, 2 classes").And.Contain("standard deviation"));
    }

    [Test]
    public void Wrong_usage_and_missing_sets_are_named()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Run("--what", "first4"), Is.EqualTo((2, "", "soundsearch: --what is probe, all, or last with a number, for example last4; not 'first4'." + Environment.NewLine)));
            (int code, _, string errors) = Run("--what", "probe", "--set", "gone");
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain("no sound of the set 'gone'"));
            (code, _, errors) = Run("--what", "last1", "--accumulate", "5", "--out", Path.Combine(folder.Path, "five")); // of a half of 8
            Assert.That(code, Is.Not.Zero);
            Assert.That(errors, Does.Contain("4 samples").And.Contain("5 passes"));
        });
    }

    private (int Code, string Output, string Errors) Run(params string[] more)
    {
        string[] set = more.Contains("--set") ? [] : ["--set", "tiny"];
        string[] output = more.Contains("--out") ? [] : ["--out", Path.Combine(folder.Path, "run")];
        return CommandLineTests.Run(["train", "heads", "--data", folder.Path, .. output, "--batch", "8", "--epochs", "40", .. set, .. more]);
    }
}
