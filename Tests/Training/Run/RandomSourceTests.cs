using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public sealed class RandomSourceTests
{
    [Test]
    public void SplitMix64_gives_the_published_numbers()
    {
        ulong state = 1234567; // the reference sequence of Rosetta Code and of Vigna's splitmix64.c
        ulong[] actual = [.. Enumerable.Range(0, 3).Select(_ => RandomSource.SplitMix64(ref state))];
        Assert.That(actual, Is.EqualTo(new ulong[] { 6457827717110365317, 3203168211198807973, 9817491932198370423 }));
    }

    [Test]
    public void Xoshiro_gives_the_published_numbers()
    {
        // State 1, 2, 3, 4: first outputs of xoshiro256starstar.c
        var random = new RandomSource(0) { State = string.Concat(Enumerable.Range(1, 4).Select(i => i.ToString("x16"))) };
        Assert.That(new[] { random.NextUInt64(), random.NextUInt64(), random.NextUInt64() }, Is.EqualTo(new ulong[] { 11520, 0, 1509978240 }));
    }

    [Test]
    public void A_saved_state_goes_on_with_the_same_numbers()
    {
        var random = new RandomSource(7);
        random.NextGaussian();
        var copy = new RandomSource(0) { State = random.State };
        Assert.That(Enumerable.Range(0, 10).Select(_ => copy.NextUInt64()).ToArray(), Is.EqualTo(Enumerable.Range(0, 10).Select(_ => random.NextUInt64()).ToArray()));
    }

    [TestCase("")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("xx00000000000000000000000000000000000000000000000000000000000000")]
    public void Other_states_are_refused(string state) => Assert.That(() => new RandomSource(0) { State = state }, Throws.InstanceOf<FormatException>());

    [Test]
    public void Normal_numbers_have_mean_0_and_deviation_1()
    {
        var random = new RandomSource(3);
        double[] x = [.. Enumerable.Range(0, 20_000).Select(_ => random.NextGaussian())];
        Assert.That(x.Average(), Is.EqualTo(0).Within(0.03));
        Assert.That(x.Average(v => v * v), Is.EqualTo(1).Within(0.05));
    }

    [Test]
    public void A_shuffle_keeps_every_item()
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        new RandomSource(5).Shuffle<int>(items);
        Assert.That(items, Is.Not.Ordered);
        Assert.That(items, Is.EquivalentTo(Enumerable.Range(0, 100)));
    }
}
