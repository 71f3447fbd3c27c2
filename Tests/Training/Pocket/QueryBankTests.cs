using System.Numerics.Tensors;
using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Pocket;

public class QueryBankTests
{
    private const int Width = 24, Texts = 40;

    [Test]
    public void Sounds_that_are_near_all_texts_no_longer_come_before_the_one_that_is_meant()
    {
        // One sound per text, and as many more that lie near what all texts have in common.
        float[] bank = Vectors(Texts, 1, common: 0.7f), own = Near(bank, 1.2f, 2);
        float[] hubs = Near([.. Enumerable.Repeat(Mean(bank), Texts).SelectMany(m => m)], 0.15f, 3);
        float[] sounds = [.. own, .. hubs];
        float[] offset = QueryBank.Offset(sounds, bank, Width);
        int plain = Right(bank, sounds, new float[Width]), corrected = Right(bank, sounds, offset);
        Assert.That(corrected, Is.GreaterThanOrEqualTo(plain + Texts / 4), $"{plain} of {Texts} before");
    }

    [Test]
    public void Offset_explains_some_of_what_sounds_have_in_common_with_the_bank_and_never_adds_to_it() => Prop.ForAll<int>(seed =>
    {
        float[] bank = Vectors(Texts, seed, 0.5f), sounds = Near([.. bank, .. bank, .. bank], 0.8f, seed + 1);
        float[] offset = QueryBank.Offset(sounds, bank, Width);
        double[] common = [.. Rows(sounds).Select(z => QueryBank.Common(z, bank))];
        double[] left = [.. Rows(sounds).Select((z, i) => common[i] - TensorPrimitives.Dot<float>(z, offset))];
        return Variance(left) < Variance(common);
    }).QuickCheckThrowOnFailure();

    [Test]
    public void Common_part_lies_between_the_mean_and_the_nearest_text()
    {
        float[] bank = Vectors(Texts, 5, 0.3f), sound = Vectors(1, 6, 0.3f);
        float[] cosines = [.. Rows(bank).Select(t => TensorPrimitives.Dot<float>(t, sound))];
        Assert.That(QueryBank.Common(sound, bank), Is.InRange((double)cosines.Average(), (double)cosines.Max()));
    }

    [Test]
    public void Sounds_that_are_all_alike_ask_for_no_offset()
    {
        float[] one = Vectors(1, 7, 0);
        Assert.That(QueryBank.Offset([.. one, .. one, .. one], Vectors(Texts, 8, 0), Width), Is.All.EqualTo(0f).Within(1e-5f));
    }

    // Questions that find the sound of their own number first.
    private static int Right(float[] questions, float[] sounds, float[] offset)
    {
        float[][] found = [.. Rows(sounds)];
        return Rows(questions).Where((q, i) =>
        {
            float[] less = [.. q.Zip(offset, (a, b) => a - b)];
            return Enumerable.Range(0, found.Length).MaxBy(s => TensorPrimitives.Dot<float>(less, found[s])) == i;
        }).Count();
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
