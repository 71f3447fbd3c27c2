using SoundSearch.Benchmarks;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

/// <summary>Floors after every step of an index's life. All but the filters' measure the graph itself, never the scan.</summary>
internal sealed class HnswRecallTests
{
    private const int Dimensions = 128;
    private const int Count = 6000;
    private const double Floor = 0.95;

    private IndexFile file = null!;
    private float[] queries = null!;
    private float[] more = null!;

    [OneTimeSetUp]
    public void Build()
    {
        HnswData data = IndexFile.Data(Dimensions);
        (float[] vectors, _) = data.Draw(Count);
        (more, _) = data.Draw(Count / 4);
        (queries, _) = data.Draw(100);
        file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        builder.Save(file.Path, 1, IndexFile.Model);
    }

    [OneTimeTearDown]
    public void Delete() => file.Dispose();

    [Test]
    public void A_built_and_reopened_index_finds_the_ten_nearest()
    {
        using HnswIndex index = file.Open();
        Assert.That(index.Recall(queries, 10, mode: HnswMode.Graph), Is.GreaterThanOrEqualTo(Floor));
        HnswReport report = index.Validate();
        Assert.That(report.Problems, Is.Empty);
        Assert.That(report.Nodes, Is.EqualTo(Count));
        Assert.That(report.Unreached, Is.Zero);
    }

    [Test]
    public void More_candidates_find_more()
    {
        using HnswIndex index = file.Open();
        double few = index.Recall(queries, 10, ef: 10, mode: HnswMode.Graph);
        double many = index.Recall(queries, 10, ef: 400, mode: HnswMode.Graph);
        Assert.That(few, Is.GreaterThan(0.7).And.LessThan(many));
        Assert.That(many, Is.GreaterThanOrEqualTo(0.995));
    }

    [Test]
    public void Every_vector_finds_itself_first()
    {
        using HnswIndex index = file.Open();
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(Count);
        int[] places = new int[1];
        float[] scores = new float[1];
        int missed = 0;
        for (int i = 0; i < Count; i++)
        {
            index.Search(vectors.AsSpan(i * Dimensions, Dimensions), 1, 0, places, scores, mode: HnswMode.Graph);
            missed += places[0] == i ? 0 : 1;
        }
        Assert.That(missed, Is.LessThanOrEqualTo(Count / 1000));
    }

    [Test]
    public void An_index_that_was_continued_finds_old_and_new()
    {
        using var continued = new IndexFile();
        using HnswIndex old = file.Open();
        using HnswBuilder builder = HnswBuilder.Append(old);
        IndexFile.Add(builder, more, Dimensions);
        using HnswIndex index = continued.Save(builder, generation: 2);
        Assert.That(index.Count, Is.EqualTo(Count + (Count / 4)));
        Assert.That(index.Recall(queries, 10, mode: HnswMode.Graph), Is.GreaterThanOrEqualTo(Floor));
        Assert.That(index.Validate().Problems, Is.Empty);
        ulong[] onlyNew = new ulong[index.FilterLength];
        for (int i = Count; i < index.Count; i++)
        {
            onlyNew[i >> 6] |= 1UL << (i & 63);
        }
        Assert.That(index.Recall(queries, 10, 0, onlyNew, HnswMode.Graph), Is.GreaterThanOrEqualTo(Floor));
    }

    [Test]
    public void Removed_vectors_are_never_found_and_the_rest_still_are()
    {
        using var rest = new IndexFile();
        using HnswIndex whole = file.Open();
        using HnswBuilder builder = HnswBuilder.Append(whole);
        for (int i = 0; i < Count; i += 3)
        {
            Assert.That(builder.Remove(10L * i), Is.True);
        }
        Assert.That(builder.Remove(10), Is.True);
        Assert.That(builder.Remove(10), Is.False, "removed before");
        Assert.That(builder.Remove(11), Is.False, "no such key");
        using HnswIndex index = rest.Save(builder);
        Assert.That(index.RemovedCount, Is.EqualTo((Count / 3) + 1));
        Assert.That(index.Recall(queries, 10, mode: HnswMode.Graph), Is.GreaterThanOrEqualTo(Floor));
        int[] places = new int[50];
        float[] scores = new float[50];
        foreach (HnswMode mode in Enum.GetValues<HnswMode>())
        {
            for (int q = 0; q < 100; q++)
            {
                int found = index.Search(queries.AsSpan(q * Dimensions, Dimensions), 50, 0, places, scores, mode: mode);
                Assert.That(found, Is.EqualTo(50));
                Assert.That(places, Has.None.Matches<int>(p => p % 3 == 0 || p == 1));
            }
        }
    }

    [Test]
    public void Filters_keep_recall([Values(0.5, 0.1, 0.01, 0.001)] double share, [Values] HnswMode mode)
    {
        using HnswIndex index = file.Open();
        ulong[] allowed = IndexFile.Allow(index, share, seed: 5);
        Assert.That(index.Recall(queries, 10, 0, allowed, mode), Is.GreaterThanOrEqualTo(Floor));
    }

    [Test]
    public void A_filter_on_the_far_side_of_the_space_keeps_recall([Values] HnswMode mode)
    {
        using HnswIndex index = file.Open();
        int[] places = new int[2000];
        float[] scores = new float[2000];
        for (int q = 0; q < 5; q++)
        {
            ReadOnlySpan<float> query = queries.AsSpan(q * Dimensions, Dimensions);
            float[] opposite = [.. query.ToArray().Select(v => -v)];
            index.Search(opposite, 2000, 0, places, scores, mode: HnswMode.Exact);
            ulong[] allowed = new ulong[index.FilterLength];
            Array.ForEach(places, p => allowed[p >> 6] |= 1UL << (p & 63));
            Assert.That(index.Recall(query, 10, 0, allowed, mode), Is.GreaterThanOrEqualTo(0.9));
        }
    }
}
