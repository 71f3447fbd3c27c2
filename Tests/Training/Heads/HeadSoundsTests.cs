using SoundSearch.Engine.Audio;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;
using SoundSearch.Training.Heads;

namespace SoundSearch.Tests.Training.Heads;

/// <summary>ESC-50 and UrbanSound8K in their official layouts, small.</summary>
public class HeadSoundsTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TestFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void Esc50_comes_with_labels_folds_and_recordings()
    {
        folder.Write("meta/esc50.csv", "filename,fold,target,category,esc10,src_file,take\n1-17-A-0.wav,1,0,dog,True,17,A\n1-17-B-1.wav,1,1,chirping_birds,True,17,B\n5-gone-A-0.wav,5,0,dog,True,gone,A\n");
        folder.Sound("audio/1-17-A-0", TestSounds.Noise(100, 1));
        folder.Sound("audio/1-17-B-1", TestSounds.Noise(100, 2));
        var sounds = HeadSounds.Read(folder.Path, "esc50");
        Assert.Multiple(() =>
        {
            Assert.That(sounds.Sources.Select(s => s.Info), Is.EqualTo(new[]
            {
                new SoundInfo("audio/1-17-A-0.wav", "esc50", "dog", "", "1", "", "", "17"), new SoundInfo("audio/1-17-B-1.wav", "esc50", "chirping birds", "", "1", "", "", "17"),
            }));
            Assert.That(sounds.Sources.Select(s => s.File), Has.All.Exist);
            Assert.That((sounds.Name, sounds.OfficialFolds, sounds.Missing), Is.EqualTo(("ESC-50", 5, 1)));
        });
    }

    [Test]
    public void UrbanSound_keeps_slices_of_one_recording_together()
    {
        folder.Write("metadata/UrbanSound8K.csv", "slice_file_name,fsID,start,end,salience,fold,classID,class\n7-0-0-0.wav,7,0,4,1,10,0,air_conditioner\n7-0-0-1.wav,7,4,8,1,10,0,air_conditioner\n");
        folder.Sound("audio/fold10/7-0-0-0", TestSounds.Noise(100, 1));
        folder.Sound("audio/fold10/7-0-0-1", TestSounds.Noise(100, 2));
        var sounds = HeadSounds.Read(folder.Path, "us8k");
        Assert.That(sounds.Sources.Select(s => (s.Info.Path, s.Info.Fold, s.Info.Group)), Is.EqualTo(new[] { ("audio/fold10/7-0-0-0.wav", "10", "7"), ("audio/fold10/7-0-0-1.wav", "10", "7") }));
        Assert.That(sounds.OfficialFolds, Is.EqualTo(10));
    }

    [TestCase("esc50", "meta/esc50.csv")]
    [TestCase("us8k", "metadata/UrbanSound8K.csv")]
    [TestCase("mine", "esc50 and us8k")]
    public void An_empty_folder_is_told_what_may_be_in_it(string set, string expected) => Assert.That(
        () => HeadSounds.Read(folder.Path, set),
        Throws.TypeOf<DatasetException>().With.Message.Contains(expected).And.Message.Contains(Path.Combine("data", "audio", "manifest.csv")).And.Message.Contains(folder.Path));

    [Test]
    public void A_protocol_that_counts_every_sound_gets_short_silent_and_equal_ones_too()
    {
        float[] twin = TestSounds.Noise(9000, 1);
        SoundSource[] sources = [folder.Sound("a", twin), folder.Sound("b", twin), folder.Sound("silent", new float[9000]), folder.Sound("short", [0.5f, -0.5f, 0.1f]), folder.Sound("empty", [])];
        using MelStore all = MelStoreBuilder.OpenOrBuild(folder.Store, () => sources, null, CancellationToken.None, all: true);
        using MelStore some = MelStoreBuilder.OpenOrBuild(folder.Store + "2", () => sources, null, CancellationToken.None);
        Assert.That(all.Entries.Select(e => e.Info.Path), Is.EqualTo(new[] { "a", "b", "silent", "short" })); // of an empty file there is nothing to hear
        Assert.That(some.Entries.Select(e => e.Info.Path), Is.EqualTo(new[] { "a" }));
    }

    [Test]
    public void Spectrograms_of_another_set_in_the_same_folder_are_refused()
    {
        using var model = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        SoundSource Of(string name, string label, string fold) => folder.Sound(name, TestSounds.Noise(9000, name[0]), label) is var s ? s with { Info = s.Info with { Fold = fold } } : s;
        SoundSource[] sources = [Of("a", "dog", "1"), Of("b", "cat", "1"), Of("c", "dog", "2"), Of("d", "cat", "2")];
        KFoldFigures Run(SoundSource[] sounds) =>
            HeadRecipe.Run(new HeadOptions { Epochs = 1, Batch = 2 }, model, new HeadSounds("mine", sounds, 0, 0), "mine", Path.Combine(folder.Path, "run"), TextWriter.Null, CancellationToken.None);
        Assert.That(Run(sources).Protocol, Does.Contain("mine, 4 sounds").And.Not.Contain("not the whole"));
        SoundSource[] others = [sources[0] with { Info = sources[0].Info with { Fold = "3" } }, .. sources[1..]];
        Assert.That(() => Run(others), Throws.TypeOf<FileFormatException>().With.Message.Contains("'a'").And.Message.Contains("another --out"));
    }

    [Test]
    public void Real_clips_in_Esc50s_layout_are_told_apart_and_missing_folds_are_said()
    {
        List<string> lines = ["filename,fold,target,category,esc10,src_file,take"];
        foreach ((string category, string fold, string recording, float[] samples) in Clips(perFold: 2))
        {
            string name = $"{fold}-{recording}-A-0";
            folder.Sound($"audio/{name}", samples);
            lines.Add($"{name}.wav,{fold},0,{category},True,{recording},A");
        }
        folder.Write("meta/esc50.csv", string.Join('\n', [.. lines, "4-1-A-0.wav,4,0,dog,True,1,A", ""])); // the pack has no fold 4
        KFoldFigures figures = Probe("esc50");
        Assert.Multiple(() =>
        {
            Assert.That(figures.Names, Is.EqualTo(new[] { "1", "2", "3", "5" }));
            Assert.That(figures.Joined.Clips, Is.EqualTo(lines.Count - 1));
            Assert.That(figures.Mean, Is.GreaterThan(0.8)); // chance: 0.33
            Assert.That(figures.Protocol, Does.Contain("not the whole protocol: 4 of its 5 folds are there; of the sounds in its table 1 are not there"));
        });
    }

    [Test]
    public void Real_clips_in_UrbanSounds_layout_run_through_all_ten_folds()
    {
        // Each recording gives two slices, which stay in one fold.
        List<string> lines = ["slice_file_name,fsID,start,end,salience,fold,classID,class"];
        (string Category, string Fold, string Recording, float[] Samples)[] clips = [.. Clips(perFold: 3).Take(30)];
        for (int i = 0; i < clips.Length; i++)
        {
            int fold = i % 10 + 1, half = clips[i].Samples.Length / 2;
            for (int slice = 0; slice < 2; slice++)
            {
                string name = $"{clips[i].Recording}-3-0-{slice}";
                folder.Sound($"audio/fold{fold}/{name}", clips[i].Samples[(slice * half)..((slice + 1) * half)]);
                lines.Add($"{name}.wav,{clips[i].Recording},0,2.5,1,{fold},3,{(clips[i].Category == "dog" ? "dog_bark" : clips[i].Category)}");
            }
        }
        folder.Write("metadata/UrbanSound8K.csv", string.Join('\n', lines) + "\n");
        KFoldFigures figures = Probe("us8k");
        Assert.Multiple(() =>
        {
            Assert.That(figures.Names, Is.EqualTo(Enumerable.Range(1, 10).Select(f => $"{f}")));
            Assert.That(figures.Joined.Clips, Is.EqualTo(60));
            Assert.That(figures.Joined.Classes, Does.Contain("dog bark"));
            Assert.That(figures.Mean, Is.GreaterThan(0.7)); // chance: 0.33
            Assert.That(figures.Protocol, Does.Contain("UrbanSound8K, 60 sounds, cross validation by its own 10 folds").And.Not.Contain("not the whole"));
        });
    }

    private KFoldFigures Probe(string set)
    {
        using var model = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        return HeadRecipe.Run(new HeadOptions { Epochs = 60, Batch = 8 }, model, HeadSounds.Read(folder.Path, set), set, Path.Combine(folder.Path, "run"), TextWriter.Null, CancellationToken.None);
    }

    /// <summary>ESC-50's dogs, car horns and sirens from the pack beside the checkout, each recording once.</summary>
    private static IEnumerable<(string Category, string Fold, string Recording, float[] Samples)> Clips(int perFold)
    {
        string pack = Path.GetDirectoryName(SharedData.Require("data/audio/manifest.csv"))!;
        return PackManifest.Read(pack).Where(s => s.Info.Set == "esc50" && s.Info.Label is "dog" or "car horn" or "siren")
            .DistinctBy(s => s.Info.Group).GroupBy(s => (s.Info.Label, s.Info.Fold)).SelectMany(g => g.Take(perFold))
            .Select(s =>
            {
                using MonoReader reader = MonoReader.Open(s.File, 32_000);
                return (s.Info.Label.Replace(' ', '_'), s.Info.Fold, s.Info.Group.Split('/')[1], reader.ReadAll(5));
            });
    }
}
