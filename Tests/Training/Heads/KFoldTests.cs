using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Heads;

namespace SoundSearch.Tests.Training.Heads;

public class KFoldTests
{
    private static readonly HeadOptions probe = new() { Epochs = 60, Batch = 16, HeadRate = 1e-2 };

    private string folder = "";

    [SetUp]
    public void SetUp() => folder = Directory.CreateTempSubdirectory("folds-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase(HeadScope.Probe, 0)]
    [TestCase(HeadScope.Probe, 5)]
    [TestCase(HeadScope.LastBlocks, 0)]
    public void Every_sound_is_judged_once_by_a_classifier_of_the_other_folds(HeadScope scope, int patience)
    {
        var sounds = new SyntheticSounds(90, 3, 3);
        HeadOptions options = scope == HeadScope.Probe ? probe : probe with { Scope = scope, Blocks = 1, Epochs = 10, TowerRate = 1e-3 };
        KFoldFigures figures = Run(options with { Patience = patience }, sounds);
        double[] accuracies = [.. figures.Folds.Select(f => f.Accuracy)];
        double mean = accuracies.Average(), variance = accuracies.Select(a => (a - mean) * (a - mean)).Sum() / 2;
        Assert.Multiple(() =>
        {
            Assert.That(figures.Names, Is.EqualTo(new[] { "1", "2", "3" }));
            Assert.That(figures.Joined.Clips, Is.EqualTo(90));
            Assert.That(figures.Folds.Select(f => f.Clips), Is.All.EqualTo(30));
            Assert.That(figures.Joined.Accuracy, Is.GreaterThan(0.85)); // chance: 0.33
            Assert.That(figures.Mean, Is.EqualTo(mean).Within(1e-12));
            Assert.That(figures.Spread, Is.EqualTo(Math.Sqrt(variance)).Within(1e-12));
        });
    }

    [Test]
    public void Labels_that_mean_nothing_are_told_apart_by_chance_only()
    {
        // A probe of 32 values learns most of 60 random labels by heart; were a tested sound among them, it would show.
        KFoldFigures figures = Run(probe with { Epochs = 200 }, new SyntheticSounds(90, 3, 3, random: true));
        Assert.That(figures.Joined.Accuracy, Is.LessThan(0.55));
    }

    [Test]
    public void A_second_call_tests_what_is_trained_already()
    {
        var sounds = new SyntheticSounds(60, 3, 2);
        Classification first = Run(probe, sounds).Joined;
        DateTime[] written = Written();
        Classification second = Run(probe, sounds).Joined;
        Assert.Multiple(() =>
        {
            Assert.That(Written(), Is.EqualTo(written));
            Assert.That(second.Accuracy, Is.EqualTo(first.Accuracy));
        });

        DateTime[] Written() => [.. Directory.GetFiles(folder, HeadRun.WeightsName, SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc)];
    }

    [Test]
    public void A_stopped_run_says_so() =>
        Assert.That(() => KFold.Run(probe, SyntheticSounds.Tower(), new SyntheticSounds(60, 3, 2), folder, null, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void Folds_that_prove_nothing_are_refused()
    {
        Assert.Multiple(() =>
        {
            Refused(probe, new SyntheticSounds(60, 3, 1), "1 folds");
            Refused(probe with { Patience = 2 }, new SyntheticSounds(60, 3, 2), "3 are needed");
            Refused(probe, new SyntheticSounds(60, 3, 2) { FoldOf = i => i < 5 ? "" : "1" }, "5 of 60 sounds have no fold");
            Refused(probe, new SyntheticSounds(60, 3, 2) { FoldOf = i => i < 30 ? "1" : "../2" }, "letters and digits");
            Refused(probe, new SyntheticSounds(60, 3, 2) { RecordingOf = i => $"{i / 4}" }, "in several folds");
            Refused(probe with { Loss = HeadLoss.PerLabel }, new SyntheticSounds(60, 3, 2) { More = (_, t) => t[0] = t[1] = 1 }, "exactly one label");
        });

        void Refused(HeadOptions options, SyntheticSounds sounds, string reason) => Assert.That(() => Run(options, sounds), Throws.ArgumentException.With.Message.Contains(reason));
    }

    [Test]
    public void Sounds_of_a_store_come_with_label_fold_and_the_indexers_windows()
    {
        using var sounds = new TestFolder();
        SoundSource Of(string name, int samples, string label, int seed) => sounds.Sound(name, TestSounds.Noise(samples, seed), label);
        new MelStoreBuilder(sounds.Store).Build([Of("a", 32_000, "wind", 1), Of("b", 160_000, "rain", 2), Of("c", 32_000, "", 3), Of("d", 40_000, "wind", 4)]);
        using MelStore store = MelStore.Open(sounds.Store);
        var clips = new MelClips(store, e => e.Info.Path != "d", 100);
        float[] window = new float[100 * 128], again = new float[100 * 128], expected = new float[100 * 128];
        Assert.Multiple(() =>
        {
            Assert.That(clips.Count, Is.EqualTo(2)); // c has no label
            Assert.That(clips.Classes, Is.EqualTo(new[] { "rain", "wind" }));
            Assert.That(clips.Target(0).ToArray(), Is.EqualTo(new float[] { 0, 1 }));
            Assert.That(clips.Target(1).ToArray(), Is.EqualTo(new float[] { 1, 0 }));
            Assert.That(clips.Windows(0), Is.EqualTo(MelWindows.Count(store.Entries[0].Frames, 100)));
            Assert.That(clips.Recording(1), Is.EqualTo("b"));
        });
        clips.Window(1, clips.Windows(1) - 1, window);
        store.Features(1, store.Entries[1].Frames - 100, expected);
        Assert.That(window, Is.EqualTo(expected));
        Assert.That(MelWindows.Cut(store.Rows(1), 100)[^window.Length..], Is.EqualTo(expected));
        Assert.That(MelWindows.Cut(store.Rows(1), 100), Has.Length.EqualTo(clips.Windows(1) * window.Length));
        clips.Draw(1, 7, window);
        clips.Draw(1, 7, again);
        Assert.That(again, Is.EqualTo(window));
        clips.Draw(1, 8, again);
        Assert.That(again, Is.Not.EqualTo(window));
        Assert.That(() => new MelClips(store, e => e.Info.Label == "wind", 100), Throws.ArgumentException.With.Message.Contains("two or more"));
    }

    [TestCase(1, 400, new[] { 0 })]
    [TestCase(400, 400, new[] { 0 })]
    [TestCase(401, 400, new[] { 0, 1 })]
    [TestCase(600, 400, new[] { 0, 200 })]
    [TestCase(601, 400, new[] { 0, 200, 201 })]
    [TestCase(1000, 400, new[] { 0, 200, 400, 600 })]
    public void Windows_overlap_by_half_and_the_last_ends_with_the_sound(int sound, int frames, int[] starts) =>
        Assert.That(Enumerable.Range(0, MelWindows.Count(sound, frames)).Select(w => MelWindows.Start(sound, frames, w)), Is.EqualTo(starts));

    private KFoldFigures Run(HeadOptions options, SyntheticSounds sounds) =>
        KFold.Run(options, SyntheticSounds.Tower(), sounds, folder, null, CancellationToken.None);
}
