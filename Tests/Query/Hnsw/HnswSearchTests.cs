using FsCheck;
using FsCheck.Fluent;
using SoundSearch.Query.Hnsw;
using SoundSearch.Tests.Engine.Kernels;

namespace SoundSearch.Tests.Query.Hnsw;

internal sealed class HnswSearchTests
{
    private const int Dimensions = 48;
    private const int Count = 1200;

    private IndexFile file = null!;
    private float[] vectors = null!;
    private HnswIndex index = null!;

    [OneTimeSetUp]
    public void Build()
    {
        (vectors, _) = IndexFile.Data(Dimensions).Draw(Count);
        file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        index = file.Save(builder);
    }

    [OneTimeTearDown]
    public void Delete()
    {
        index.Dispose();
        file.Dispose();
    }

    [Test]
    public void Exact_search_equals_a_plain_sort_for_any_query_filter_and_k()
    {
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                var random = new Random(seed);
                float[] query = Query(random);
                int k = random.Next(0, 40);
                ulong[] allowed = random.Next(3) == 0 ? [] : IndexFile.Allow(index, random.NextDouble(), seed);
                Half[] halves = [.. vectors.Select(v => (Half)v)];
                var expected = Enumerable.Range(0, Count)
                    .Where(i => allowed.Length == 0 || (allowed[i >> 6] >> (i & 63) & 1) != 0)
                    .Select(i => (Place: i, Score: Score(query, halves.AsSpan(i * Dimensions, Dimensions))))
                    .OrderByDescending(r => r.Score).Take(k).ToList();
                int[] places = new int[k];
                float[] scores = new float[k];
                int found = index.Search(query, k, 0, places, scores, allowed, HnswMode.Exact);
                int[] apart = new int[k];
                float[] apartScores = new float[k];
                int foundApart = ExactSearch.Search(halves, query, k, apart, apartScores, allowed);
                return found == expected.Count
                    && foundApart == found && places.SequenceEqual(apart) && scores.SequenceEqual(apartScores)
                    && Enumerable.Range(0, found).All(i => Math.Abs(scores[i] - expected[i].Score) < 1e-5);
            }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Scores_of_the_graph_are_those_of_exact_search_and_descend()
    {
        var random = new Random(3);
        for (int q = 0; q < 30; q++)
        {
            float[] query = Query(random);
            (int[] graph, float[] graphScores) = Top(query, HnswMode.Graph);
            (int[] exact, float[] exactScores) = Top(query, HnswMode.Exact);
            Assert.That(graphScores, Is.Ordered.Descending);
            for (int i = 0; i < 10; i++)
            {
                int at = Array.IndexOf(exact, graph[i]);
                Assert.That(at < 0 || exactScores[at] == graphScores[i], Is.True);
            }
        }
    }

    [Test]
    public void A_search_once_warm_allocates_nothing([Values] HnswMode mode)
    {
        float[] query = Query(new Random(1));
        int[] places = new int[10];
        float[] scores = new float[10];
        ulong[] allowed = IndexFile.Allow(index, 0.3, 1);
        Allocations.None(() => index.Search(query, 10, 0, places, scores, allowed, mode));
    }

    [Test]
    public void Many_threads_find_what_one_finds()
    {
        var random = new Random(9);
        float[][] queries = [.. Enumerable.Range(0, 64).Select(_ => Query(random))];
        int[][] expected = [.. queries.Select(q => Top(q, HnswMode.Graph).Places)];
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (!Top(queries[i % 64], HnswMode.Graph).Places.SequenceEqual(expected[i % 64]))
            {
                throw new InvalidOperationException($"query {i % 64} differs");
            }
        });
    }

    [Test]
    public void Disposing_while_searches_run_ends_them_in_order()
    {
        for (int round = 0; round < 20; round++)
        {
            HnswIndex victim = file.Open();
            float[] query = Query(new Random(round));
            Task[] searches = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            {
                int[] places = new int[10];
                float[] scores = new float[10];
                try
                {
                    while (true)
                    {
                        victim.Search(query, 10, 0, places, scores, mode: HnswMode.Graph);
                    }
                }
                catch (ObjectDisposedException)
                {
                }
            }))];
            Thread.Sleep(5);
            victim.Dispose();
            Assert.That(Task.WaitAll(searches, TimeSpan.FromSeconds(60)), Is.True);
            Assert.That(() => victim.KeyOf(0), Throws.InstanceOf<ObjectDisposedException>());
            victim.Dispose();
        }
    }

    [Test]
    public void More_than_there_is_gives_all_there_is()
    {
        int[] places = new int[Count];
        float[] scores = new float[Count];
        foreach (HnswMode mode in Enum.GetValues<HnswMode>())
        {
            Assert.That(index.Search(vectors.AsSpan(0, Dimensions), int.MaxValue, 0, places, scores, mode: mode), Is.EqualTo(Count));
            Assert.That(places, Is.Unique);
        }
        Assert.That(index.Search(vectors.AsSpan(0, Dimensions), 0, 0, [], []), Is.Zero);
    }

    [Test]
    public void Keys_and_places_belong_together()
    {
        Assert.That(index.KeyOf(7), Is.EqualTo(70));
        Assert.That(index.PlaceOf(70), Is.EqualTo(7));
        Assert.That(index.PlaceOf(71), Is.EqualTo(-1));
        Assert.That(index.PlaceOf(-5), Is.EqualTo(-1));
        Assert.That(() => index.KeyOf(Count), Throws.InstanceOf<ArgumentOutOfRangeException>());
        ulong[] allowed = new ulong[index.FilterLength];
        Assert.That(index.Allow([30, 31, 650], allowed), Is.EqualTo(2));
        Assert.That((allowed[0], allowed[1]), Is.EqualTo((1UL << 3, 1UL << 1)));
    }

    [Test]
    public void Arguments_that_cannot_be_are_refused()
    {
        float[] query = new float[Dimensions];
        int[] places = new int[5];
        float[] scores = new float[5];
        Assert.That(() => index.Search(query.AsSpan(1), 5, 0, places, scores), Throws.ArgumentException);
        Assert.That(() => index.Search(query, 6, 0, places, scores), Throws.ArgumentException);
        Assert.That(() => index.Search(query, 5, 0, places, scores.AsSpan(1)), Throws.ArgumentException);
        Assert.That(() => index.Search(query, -1, 0, places, scores), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => index.Search(query, 5, -1, places, scores), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => index.Search(query, 5, 0, places, scores, new ulong[2]), Throws.ArgumentException);
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, 1e30f])
        {
            query[3] = bad;
            Assert.That(() => index.Search(query, 5, 0, places, scores), Throws.ArgumentException);
            Assert.That(() => ExactSearch.Search(new Half[Dimensions], query, 1, places, scores), Throws.ArgumentException);
        }
        Assert.That(() => ExactSearch.Search(new Half[Dimensions + 1], new float[Dimensions], 1, places, scores), Throws.ArgumentException);
    }

    [Test]
    public void A_query_of_zeros_is_answered_in_order_of_places()
    {
        (int[] places, float[] scores) = Top(new float[Dimensions], HnswMode.Exact);
        Assert.That(places, Is.EqualTo(Enumerable.Range(0, 10)));
        Assert.That(scores, Is.All.Zero);
        Assert.That(Top(new float[Dimensions], HnswMode.Graph).Scores, Is.All.Zero);
    }

    private (int[] Places, float[] Scores) Top(float[] query, HnswMode mode)
    {
        int[] places = new int[10];
        float[] scores = new float[10];
        Assert.That(index.Search(query, 10, 0, places, scores, mode: mode), Is.EqualTo(10));
        return (places, scores);
    }

    private static float[] Query(Random random)
    {
        float[] query = [.. Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5))];
        float length = MathF.Sqrt(query.Sum(v => v * v));
        return [.. query.Select(v => v / length)];
    }

    private static float Score(float[] query, ReadOnlySpan<Half> vector)
    {
        float sum = 0;
        for (int i = 0; i < query.Length; i++)
        {
            sum += query[i] * (float)vector[i];
        }
        return sum;
    }
}
