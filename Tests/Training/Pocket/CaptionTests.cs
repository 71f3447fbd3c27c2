using SoundSearch.Training.Pocket;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Pocket;

public class CaptionTests
{
    private static readonly IReadOnlySet<string> words = CaptionSource.Words(["A loud dog barks, then a door", "car horn", "rain"]);

    [TestCase("dog_barks.wav", "dog barks")]
    [TestCase("DogBarks_02", "dog barks")]
    [TestCase("door/door 3", "door")]
    [TestCase("amb_dsrt_02", null)]
    [TestCase("1-17124-A-43", null)]
    [TestCase("", null)]
    [TestCase("a a a a", null)]
    public void A_title_is_a_caption_only_if_all_of_it_is_words(string title, string? expected) =>
        Assert.That(CaptionSource.Clean(title, words), Is.EqualTo(expected));

    [Test]
    public void Captions_name_only_tags_that_the_tagger_heard()
    {
        var writer = new CaptionWriter(["rain", "dog", "car", "bell"]);
        var random = new RandomSource(1);
        string[] captions = [.. Enumerable.Range(0, 200).Select(_ => writer.Write([0.6f, 0.35f, 0.05f, 0], [], random))];
        Assert.Multiple(() =>
        {
            Assert.That(captions, Has.All.Contains("rain"));
            Assert.That(captions, Has.Some.Contains("rain and dog"));
            Assert.That(captions, Has.None.Contains("car").And.None.Contains("bell"));
        });
    }

    [Test]
    public void A_sound_with_a_name_is_mostly_called_by_it()
    {
        var writer = new CaptionWriter(["animal", "dog"]);
        var random = new RandomSource(2);
        int named = Enumerable.Range(0, 1000).Count(_ => writer.Write([0.5f, 0.5f], ["old hound"], random).Contains("old hound", StringComparison.Ordinal));
        Assert.That(named, Is.InRange(540, 660));
    }

    [Test]
    public void The_same_generator_state_gives_the_same_caption()
    {
        var writer = new CaptionWriter(["rain", "dog"]);
        string first = writer.Write([0.5f, 0.5f], ["x y"], new RandomSource(7)), again = writer.Write([0.5f, 0.5f], ["x y"], new RandomSource(7));
        Assert.That(again, Is.EqualTo(first));
    }
}
