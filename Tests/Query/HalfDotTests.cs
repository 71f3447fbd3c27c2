using SoundSearch.Query.Exact;

namespace SoundSearch.Tests.Query;

public sealed class HalfDotTests
{
    [Test]
    public void Equals_the_plain_sum_at_awkward_lengths([Values(0, 1, 2, 3, 7, 9, 15, 16, 17, 31, 33, 63, 511, 512, 515)] int length)
    {
        var random = new Random(length);
        float[] query = new float[length], scaled = new float[length];
        var vector = new Half[length];
        double expected = 0;
        for (int i = 0; i < length; i++)
        {
            query[i] = random.NextSingle() - 0.5f;
            // Also subnormal halves, zeros of both signs and large ones.
            vector[i] = (i % 5) switch { 0 => (Half)3e-7f, 1 => (Half)(-5e-5f), 2 => Half.NegativeZero, 3 => (Half)1000f, _ => (Half)(random.NextSingle() - 0.5f) };
            expected += (double)query[i] * (double)vector[i];
        }
        HalfDot.Prepare(query, scaled);
        Assert.That(HalfDot.Dot(scaled, vector), Is.EqualTo(expected).Within(1e-6 * 1000 * Math.Max(1, length)).Or.EqualTo(expected).Within(0.001).Percent);
    }

    [Test]
    public void Every_finite_half_is_unpacked_exactly()
    {
        var vector = new Half[16];
        float[] scaled = new float[16];
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            Half value = BitConverter.UInt16BitsToHalf((ushort)bits);
            if (Half.IsFinite(value))
            {
                float[] query = new float[16];
                query[bits % 16] = 1;
                HalfDot.Prepare(query, scaled);
                Array.Clear(vector);
                vector[bits % 16] = value;
                Assert.That(HalfDot.Dot(scaled, vector), Is.EqualTo((float)value));
            }
        }
    }

    [Test]
    public void Infinities_and_not_numbers_are_noticed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(HalfDot.IsFinite([(Half)1, Half.MaxValue, (Half)(-0.0)]), Is.True);
            Assert.That(HalfDot.IsFinite([(Half)1, Half.NaN]), Is.False);
            Assert.That(HalfDot.IsFinite([Half.NegativeInfinity]), Is.False);
        });
    }

    [Test]
    public void Top_files_are_the_sorted_best_with_ties_by_id()
    {
        var random = new Random(1);
        for (int k = 0; k < 30; k++)
        {
            (float Score, long Id)[] all = [.. Enumerable.Range(0, 200).Select(i => (random.Next(20) / 10f, (long)i))];
            random.Shuffle(all);
            var top = new TopFiles(k);
            foreach ((float score, long id) in all)
            {
                top.Add(score, id);
            }
            Assert.That(top.Take(), Is.EqualTo(all.OrderByDescending(a => a.Score).ThenBy(a => a.Id).Take(k)));
        }
    }
}
