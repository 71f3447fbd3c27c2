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
        string path = Path.Combine(folder.Path, "heard.safetensors");
        new MelStoreBuilder(folder.Store).Build([folder.Sound("noise", TestSounds.Noise(200_000, 1)), folder.Sound("tone", [.. Enumerable.Range(0, 64_000).Select(t => 0.5f * MathF.Sin(t * 0.09f))])]);
        using MelStore store = MelStore.Open(folder.Store);
        HeardSounds Open(TextWriter? progress = null) => HeardSounds.OpenOrBuild(path, store, pocket, 10, tagger, progress, default);

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
            Assert.That(() => HeardSounds.OpenOrBuild(path, store, pocket, 51, tagger, null, default), Throws.ArgumentException.With.Message.Contains("50 tokens"));
        });
    }
}
