using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Query.Store;

namespace SoundSearch.Tests.Query;

public sealed class SoundWordsTests
{
    [TestCase("Bark_02", "Bark 02")]
    [TestCase("DogBark", "Dog Bark DogBark")]
    [TestCase("UIClick", "UI Click UIClick")]
    [TestCase("808kick", "808 kick 808kick")]
    [TestCase("rain-on.tin roof", "rain on tin roof")]
    [TestCase("SFX_GLASSBreak03b", "SFX GLASS Break 03 b GLASSBreak03b")]
    [TestCase("Türglocke läutet", "Türglocke läutet")]
    [TestCase("ÄußereTür", "Äußere Tür ÄußereTür")]
    [TestCase("cafe\u0301Noise", "cafe\u0301 Noise cafe\u0301Noise")]
    [TestCase("犬の声", "犬の声")]
    [TestCase("🐕Bark!", "Bark")]
    [TestCase("\uD83D half", "half")]
    [TestCase("  ", "")]
    [TestCase("", "")]
    public void Names_fall_into_words(string name, string words) => Assert.That(SoundWords.Split(name), Is.EqualTo(words));

    [Test]
    public void Questions_lose_words_that_say_nothing()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SoundWords.Terms("the sound of a Dog barking, dog", 10), Is.EqualTo(new[] { "Dog", "barking" }));
            Assert.That(SoundWords.Terms("the of", 10), Is.EqualTo(new[] { "the", "of" }));
            Assert.That(SoundWords.Terms("\"' OR * NEAR(", 10), Is.EqualTo(new[] { "NEAR" }));
            Assert.That(SoundWords.Terms("a1 b2 c3", 2), Has.Count.EqualTo(2));
        });
    }

    [Test]
    public void Words_hold_letters_and_digits_only_whatever_comes_in() =>
        Prop.ForAll<string?>(text => SoundWords.Split(text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .All(word => word.EnumerateRunes().All(rune => !System.Text.Rune.IsWhiteSpace(rune) && rune.Value is not ('"' or '\'' or '*' or '(' or ')' or 0))))
            .QuickCheckThrowOnFailure();
}
