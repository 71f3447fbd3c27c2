using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Pocket;

public class CentresTests
{
    private const int Width = 24, Texts = 40;

    [Test]
    public void Sounds_that_are_near_all_texts_no_longer_come_before_the_one_that_is_meant()
    {
        // One sound per text, and as many more that lie near what all texts have in common.
        float[] bank = Vectors(Texts, 1, common: 0.7f), own = Near(bank, 1.2f, 2);
        float[] hubs = Near([.. Enumerable.Repeat(Mean(bank), Texts).SelectMany(m => m)], 0.15f, 3);
        float[] sounds = [.. own, .. hubs];
        Centres centres = Centres.Of(sounds, bank, Width);
        int before = Right(bank, sounds), after = Right(Centred(bank, centres.Text), Centred(sounds, centres.Audio));
        Assert.That(after, Is.GreaterThanOrEqualTo(before + Texts / 5), $"{before} of {Texts} before");
    }

    [Test]
    public void Sounds_that_prefer_no_text_leave_the_texts_centre_at_their_mean()
    {
        // Each text has a sound exactly at it and one exactly opposite: what sounds have in common with the bank says nothing of direction.
        float[] bank = [.. Vectors(Texts / 2, 4, 0).Chunk(Width).SelectMany(v => v.Concat(v.Select(x => -x)))];
        Centres centres = Centres.Of([.. bank], bank, Width);
        Assert.Multiple(() =>
        {
            Assert.That(centres.Audio, Is.All.EqualTo(0f).Within(1e-5f));
            Assert.That(centres.Text, Is.All.EqualTo(0f).Within(1e-4f));
        });
    }

    [Test]
    public void Texts_centre_never_adds_to_what_sounds_have_in_common_with_the_bank() => Prop.ForAll<int>(seed =>
    {
        float[] bank = Vectors(Texts, seed, 0.5f), sounds = Near([.. bank, .. bank, .. bank], 0.8f, seed + 1);
        Centres centres = Centres.Of(sounds, bank, Width);
        float[] heard = Centred(sounds, centres.Audio), mean = Mean(bank);
        float[] less = [.. Rows(bank).SelectMany(t => t.Zip(mean, (x, m) => x - m))], g = [.. centres.Text.Zip(mean, (c, m) => c - m)];
        double[] common = [.. Rows(heard).Select(z => Centres.Common(z, less))];
        double[] left = [.. Rows(heard).Select((z, i) => common[i] - TensorPrimitives.Dot<float>(z, g))];
        return Variance(left) < Variance(common);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Common_part_lies_between_the_mean_and_the_nearest_text()
    {
        float[] bank = Vectors(Texts, 5, 0.3f), sound = Vectors(1, 6, 0.3f);
        float[] cosines = [.. Rows(bank).Select(t => TensorPrimitives.Dot<float>(t, sound))];
        Assert.That(Centres.Common(sound, bank), Is.InRange((double)cosines.Average(), (double)cosines.Max()));
    }

    [Test]
    public void Sounds_that_are_all_alike_have_their_centre_half_way_and_give_texts_no_other_than_their_mean()
    {
        float[] one = Vectors(1, 7, 0), bank = Vectors(Texts, 8, 0);
        Centres centres = Centres.Of([.. one, .. one, .. one, .. one], bank, Width);
        Assert.That(centres.Audio, Is.EqualTo(one.Select(x => x / 2)).Within(1e-6f));
        Assert.That(centres.Text, Is.EqualTo(Mean(bank)).Within(1e-5f));
    }

    // Questions that find the sound of their own number first.
    private static int Right(float[] questions, float[] sounds)
    {
        float[][] found = [.. Rows(sounds)];
        return Rows(questions).Where((q, i) => Enumerable.Range(0, found.Length).MaxBy(s => TensorPrimitives.Dot<float>(q, found[s])) == i).Count();
    }

    private static float[] Centred(float[] vectors, float[] centre)
    {
        float[] centred = [.. vectors];
        UnitLength.Centre(centred, centre);
        return centred;
    }

    private static IEnumerable<float[]> Rows(float[] vectors) => vectors.Chunk(Width);

    private static double Variance(double[] values) => values.Average(v => (v - values.Average()) * (v - values.Average()));

    private static float[] Mean(float[] vectors) => [.. Enumerable.Range(0, Width).Select(d => Rows(vectors).Average(v => v[d]))];

    // Unit vectors around a common direction, as texts of one kind are.
    private static float[] Vectors(int count, int seed, float common) =>
        Near([.. Enumerable.Range(0, count * Width).Select(i => i % Width == 0 ? common : 0)], 1, seed);

    private static float[] Near(float[] centres, float noise, int seed)
    {
        var random = new Random(seed);
        float[] vectors = [.. centres.Select(c => c + noise * (float)(random.NextDouble() + random.NextDouble() - 1) / MathF.Sqrt(Width) * 2.4f)];
        UnitLength.Forward(vectors, vectors, vectors.Length / Width, Width);
        return vectors;
    }
}
