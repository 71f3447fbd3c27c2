using SoundSearch.Engine.Models;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public sealed class ShardsTests
{
    [Test]
    public void Every_shard_runs_once_per_call()
    {
        using var shards = new Shards(4);
        int[] counts = new int[4];
        for (int i = 0; i < 50; i++)
        {
            shards.Run(s => counts[s]++);
        }
        Assert.That(counts, Is.All.EqualTo(50));
    }

    [Test]
    public void A_failing_shard_is_reported_and_the_rest_lives_on()
    {
        using var shards = new Shards(3);
        Assert.That(() => shards.Run(s => { if (s == 1) { throw new InvalidDataException("shard 1"); } }), Throws.InstanceOf<InvalidDataException>());
        int ran = 0;
        shards.Run(_ => Interlocked.Increment(ref ran));
        Assert.That(ran, Is.EqualTo(3));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void Sums_are_in_order_whatever_the_number_of_threads(int threads)
    {
        using var shards = new Shards(threads);
        ParameterSet[] sets = [.. Enumerable.Range(0, 3).Select(_ => new ParameterSet([new ParameterShape("w", [3])]))];
        float[][] values = [[1e8f, 1, 2], [-1e8f, 1, 2], [1, 1, 2]];
        for (int s = 0; s < 3; s++)
        {
            values[s].CopyTo(sets[s].Values);
        }
        shards.Sum(sets);
        Assert.That(sets[0].Values.ToArray(), Is.EqualTo(new float[] { 1, 3, 6 })); // (1e8 - 1e8) + 1, not 1e8 + (-1e8 + 1) = 0
    }
}
