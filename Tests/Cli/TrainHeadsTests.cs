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
            Assert.That(report.GetProperty("protocol").GetString(), Does.StartWith("tiny, 24 sounds, cross validation by its own 3 folds"));
        });
        (code, output, errors) = Run("--what", "probe"); // again: everything is there
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain("fold 3").And.Contain("3 folds, 2 classes").And.Contain("standard deviation"));
    }

    [TestCase("esc50", 5)]
    [TestCase("us8k", 10)]
    public void Official_layouts_are_taken_as_they_are(string set, int folds)
    {
        using var own = new TestFolder();
        bool esc = set == "esc50";
        List<string> lines = [esc ? "filename,fold,target,category,esc10,src_file,take" : "slice_file_name,fsID,start,end,salience,fold,classID,class"];
        for (int i = 0; i < 4 * folds; i++)
        {
            int fold = i % folds + 1, kind = i / folds % 2;
            string name = esc ? $"{fold}-{i}-A-{kind}" : $"{i}-{kind}-0-0", place = esc ? "audio" : $"audio/fold{fold}";
            Directory.CreateDirectory(Path.Combine(own.Path, place));
            float[] noise = TestSounds.Noise(8000, i), tone = [.. Enumerable.Range(0, 8000).Select(t => 0.4f * MathF.Sin(t * 0.01f * (3 + i)) + 0.01f * noise[t])];
            own.Sound($"{place}/{name}", kind == 0 ? noise : tone);
            lines.Add(esc ? $"{name}.wav,{fold},{kind},kind_{kind},False,{i},A" : $"{name}.wav,{i},0,1,1,{fold},{kind},kind_{kind}");
        }
        Directory.CreateDirectory(Path.Combine(own.Path, esc ? "meta" : "metadata"));
        File.WriteAllLines(Path.Combine(own.Path, esc ? "meta/esc50.csv" : "metadata/UrbanSound8K.csv"), lines);
        (int code, string output, string errors) = CommandLineTests.Run("train", "heads", "--data", own.Path, "--set", set, "--out", Path.Combine(own.Path, "run"), "--batch", "8", "--epochs", "30");
        Assert.That(code, Is.Zero, errors);
        Assert.That(output, Does.Contain($"{4 * folds} sounds, cross validation by its own {folds} folds").And.Contain($"fold {folds}: accuracy").And.Contain($"{folds} folds, 2 classes: mean 100"));
        Assert.That(output, Does.Not.Contain("not the whole protocol"));
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
