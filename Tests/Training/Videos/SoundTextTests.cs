using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Videos;

namespace SoundSearch.Tests.Training.Videos;

public sealed class SoundTextTests
{
    private static readonly HashSet<string> words = new(["lion", "bellow", "cello", "water", "swirl", "rain", "on", "tent", "birds", "e", "crow"], StringComparer.Ordinal);

    [TestCase("sounds_lion_bellow", "lion bellow")]
    [TestCase("Cello/e55c5160", "cello", TestName = "A name of letters and digits says nothing, so the folder's counts")]
    [TestCase("water_swirl2", "water swirl")]
    [TestCase("water_swirl_2a.wav", "water swirl")]
    [TestCase("Rain on tent.ogg", "rain on tent")]
    [TestCase("Animals/CrowCrow_03", "crow")]
    [TestCase("birds/lion", "lion", TestName = "The last part that says something counts alone")]
    [TestCase("e on 2", null, TestName = "Single letters and prepositions say nothing")]
    [TestCase("sfx/0001", null)]
    [TestCase("", null)]
    public void A_title_says_what_is_heard_in_words_that_count(string title, string? said) =>
        Assert.That(SoundText.Of(TestSounds.Info("sound") with { Title = title }, words), Is.EqualTo(said));

    [Test]
    public void A_label_comes_before_the_title_and_may_have_any_words() =>
        Assert.That(SoundText.Of(TestSounds.Info("sound", "Vacuum_cleaner") with { Title = "lion" }, words), Is.EqualTo("vacuum cleaner"));
}
