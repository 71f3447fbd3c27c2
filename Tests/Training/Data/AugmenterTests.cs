using SoundSearch.Training.Data;

namespace SoundSearch.Tests.Training.Data;

public sealed class AugmenterTests
{
    private static readonly AugmentationOptions Nothing = new()
    {
        OneSound = 1,
        TwoSounds = 0,
        LowestGain = 0,
        HighestGain = 0,
        SpeedProbability = 0,
        PitchProbability = 0,
        EqualiserProbability = 0,
        BandLimitProbability = 0,
        NoiseProbability = 0,
        StartAligned = 1,
        Repeated = 0,
    };

    private TestFolder folder = null!;
    private MelStore store = null!;

    [OneTimeSetUp]
    public void Make_store()
    {
        folder = new TestFolder();
        new MelStoreBuilder(folder.Store).Build(
        [
            folder.Sound("short", TestSounds.Noise(20_000, 1)),
            folder.Sound("long", TestSounds.Noise(200_000, 2), "rain"),
            folder.Sound("tiny", TestSounds.Noise(2000, 3), set: "other"),
        ]);
        store = MelStore.Open(folder.Store);
    }

    [OneTimeTearDown]
    public void Remove_store()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Without_any_change_a_sample_is_what_a_tower_sees()
    {
        var mixture = new SoundMixture([store], include: e => e.Info.Path == "short");
        float[] actual = new float[400 * 128], expected = new float[400 * 128];
        SampleOrigin origin = new Augmenter(mixture, 5, Nothing).Make(0, actual, new AugmenterWorkspace());
        store.Features(0, 0, expected);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-5f));
        Assert.That(origin, Is.EqualTo(new SampleOrigin(0, 1, 1)));
    }

    [Test]
    public void A_sample_depends_on_seed_and_number_only()
    {
        var mixture = new SoundMixture([store]);
        var workspace = new AugmenterWorkspace();
        float[] a = new float[400 * 128], b = new float[400 * 128], c = new float[400 * 128];
        SampleOrigin first = new Augmenter(mixture, 9).Make(123, a, workspace);
        new Augmenter(mixture, 9).Make(7, b, workspace);
        SampleOrigin again = new Augmenter(mixture, 9).Make(123, b, workspace);
        new Augmenter(mixture, 10).Make(123, c, workspace);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(b, Is.EqualTo(a));
        Assert.That(c, Is.Not.EqualTo(a));
    }

    [Test]
    public void Every_sample_is_finite_and_none_is_below_the_floor()
    {
        var augmenter = new Augmenter(new SoundMixture([store]), 1, new AugmentationOptions { Repeated = 0.5, BandLimitProbability = 0.5 });
        var workspace = new AugmenterWorkspace();
        float[] features = new float[400 * 128];
        float floor = (float)((Math.Log(1e-5) + 4.5) / 5) - 1e-5f;
        for (int i = 0; i < 200; i++)
        {
            SampleOrigin origin = augmenter.Make(i, features, workspace);
            Assert.That(origin.Count, Is.InRange(1, 3));
            Assert.That(origin.Share, Is.InRange(0.33f, 1.0001f));
            Assert.That(origin.Dominant, Is.InRange(0, 2));
            Assert.That(features.All(v => v >= floor && v < 4), Is.True, $"sample {i}");
        }
    }

    [Test]
    public void Gain_adds_to_the_logarithm()
    {
        var mixture = new SoundMixture([store], include: e => e.Info.Path == "short");
        float[] plain = new float[400 * 128], louder = new float[400 * 128];
        new Augmenter(mixture, 5, Nothing).Make(0, plain, new AugmenterWorkspace());
        new Augmenter(mixture, 5, Nothing with { LowestGain = 6, HighestGain = 6 }).Make(0, louder, new AugmenterWorkspace());
        double raised = (louder[20 * 128 + 64] - plain[20 * 128 + 64]) * 5;
        Assert.That(raised, Is.EqualTo(Math.Log(Math.Pow(10, 0.6))).Within(1e-3));
    }

    [Test]
    public void No_set_has_more_than_its_share_and_stores_have_the_shares_they_were_given()
    {
        using var more = new TestFolder();
        new MelStoreBuilder(more.Store).Build(
        [
            .. Enumerable.Range(0, 20).Select(i => more.Sound($"big{i}", TestSounds.Noise(3000, i), set: "big")),
            .. Enumerable.Range(0, 5).Select(i => more.Sound($"set{i}", TestSounds.Noise(3000, 100 + i), set: $"set{i}")),
        ]);
        using var second = MelStore.Open(more.Store);
        var mixture = new SoundMixture([store, second], [0.25, 0.75], maxSetShare: 0.3);
        double Share(Func<MelEntry, bool> which) => Enumerable.Range(0, mixture.Count).Where(i => which(mixture.Entry(i))).Sum(mixture.Probability);
        Assert.That(Share(e => e.Info.Set == "big"), Is.EqualTo(0.75 * 0.3).Within(1e-3));
        Assert.That(Share(e => e.Info.Set is "test" or "other"), Is.EqualTo(0.25).Within(1e-9));

        var random = new SampleRandom(3, 0);
        int[] drawn = new int[mixture.Count];
        for (int i = 0; i < 20_000; i++)
        {
            drawn[mixture.Draw(ref random)]++;
        }
        for (int i = 0; i < drawn.Length; i++)
        {
            Assert.That(drawn[i] / 20_000.0, Is.EqualTo(mixture.Probability(i)).Within(0.02));
        }
    }

    [Test]
    public void A_mixture_of_nothing_is_an_error() =>
        Assert.That(() => new SoundMixture([store], include: _ => false), Throws.ArgumentException);

    [Test]
    public void Random_numbers_are_even_and_streams_differ()
    {
        var random = new SampleRandom(1, 2);
        double[] values = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextDouble())];
        Assert.That(values.Average(), Is.EqualTo(0.5).Within(0.01));
        Assert.That(values, Is.All.InRange(0, 1));
        var other = new SampleRandom(1, 3);
        Assert.That(other.NextDouble(), Is.Not.EqualTo(values[0]));
        Assert.That(random.Below(1), Is.Zero);
    }
}
