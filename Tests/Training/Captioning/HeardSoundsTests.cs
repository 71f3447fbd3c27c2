using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Captioning;

public class HeardSoundsTests
{
    [Test]
    public void Sounds_are_heard_once_and_again_when_the_file_is_of_other_sounds()
    {
        string tagger = Path.GetDirectoryName(SharedData.Require("teachers/mn04/mn04.safetensors"))!;
        using var folder = new TestFolder();
        using SoundModel pocket = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        string path = Path.Combine(folder.Path, "test.heard10-0.safetensors");
        new MelStoreBuilder(folder.Store).Build([folder.Sound("noise", TestSounds.Noise(200_000, 1)), folder.Sound("tone", [.. Enumerable.Range(0, 64_000).Select(t => 0.5f * MathF.Sin(t * 0.09f))])]);
        using MelStore store = MelStore.Open(folder.Store);
        HeardSounds Open(TextWriter? progress = null) => HeardSounds.OpenOrBuild(store, pocket, 10, tagger, progress, default);

        HeardSounds first = Open();
        byte[] file = File.ReadAllBytes(path);
        var quiet = new StringWriter();
        HeardSounds again = Open(quiet);
        SafetensorsFile.Write(path, [new Tensor("audio", [1], new float[1]), new Tensor("scores", [1], new float[1])], new Dictionary<string, string> { ["key"] = "other sounds" });
        HeardSounds anew = Open();
        Assert.Multiple(() =>
        {
            Assert.That(first.Count, Is.EqualTo(2));
            Assert.That(first.Audio(0).ToArray(), Has.Some.Not.Zero.And.All.Matches<float>(float.IsFinite));
            Assert.That(first.Audio(1).ToArray(), Is.Not.EqualTo(first.Audio(0).ToArray()).Within(0.01));
            Assert.That(first.Tags(0, 0.1, 3), Is.SubsetOf(first.Labels).And.Not.Empty);
            Assert.That(quiet.ToString(), Is.Empty, "nothing was listened to");
            Assert.That(again.Audio(1).ToArray(), Is.EqualTo(first.Audio(1).ToArray()));
            Assert.That(again.Tags(1, 0, 5), Is.EqualTo(first.Tags(1, 0, 5)));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(file));
            Assert.That(() => HeardSounds.OpenOrBuild(store, pocket, 51, tagger, null, default), Throws.ArgumentException.With.Message.Contains("50 tokens"));
        });
    }

    [Test]
    public void Listening_that_was_stopped_goes_on_where_it_was_and_needs_no_tagger()
    {
        using var folder = new TestFolder();
        using SoundModel pocket = SoundModel.Open(Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket"));
        new MelStoreBuilder(folder.Store).Build([.. Enumerable.Range(0, 5).Select(i => folder.Sound($"noise{i}", TestSounds.Noise(40_000, i)))]);
        using MelStore store = MelStore.Open(folder.Store);
        using var stop = new CancellationTokenSource();
        HeardSounds Open(int part, TextWriter? progress, CancellationToken cancellation) => HeardSounds.OpenOrBuild(store, pocket, 4, null, progress, cancellation, part);

        Assert.That(() => Open(2, new Lines(line => { if (line.StartsWith("2 of 5", StringComparison.Ordinal)) { stop.Cancel(); } }), stop.Token), Throws.InstanceOf<OperationCanceledException>());
        List<string> told = [];
        HeardSounds resumed = Open(2, new Lines(told.Add), default), whole = Open(9, null, default);
        Assert.Multiple(() =>
        {
            Assert.That(told.Select(t => t.Split(" sounds")[0]), Is.EqualTo(new[] { "2 of 5", "4 of 5" }));
            Assert.That(resumed.Labels, Is.Empty);
            Assert.That(resumed.Tags(4, 0, 9), Is.Empty);
            Assert.That(Enumerable.Range(0, 5).Select(i => resumed.Audio(i).ToArray()), Is.EqualTo(Enumerable.Range(0, 5).Select(i => whole.Audio(i).ToArray())));
            Assert.That(resumed.Audio(4).ToArray(), Has.Some.Not.Zero);
        });
    }

    private sealed class Lines(Action<string> told) : StringWriter
    {
        public override void WriteLine(string? value) => told(value ?? "");
    }
}
