using SoundSearch.Query.Hnsw;

namespace SoundSearch.Tests.Query.Hnsw;

internal sealed class HnswBuilderTests
{
    private const int Dimensions = 40; // no multiple of a row's padding

    [Test]
    public void The_file_is_the_same_for_any_number_of_threads()
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(1500);
        byte[] expected = Bytes(vectors, threads: 1);
        Assert.That(Bytes(vectors, threads: 1), Is.EqualTo(expected));
        Assert.That(Bytes(vectors, threads: 2), Is.EqualTo(expected));
        Assert.That(Bytes(vectors, threads: 7), Is.EqualTo(expected));
    }

    [Test]
    public void An_index_that_was_opened_continues_like_the_builder_that_wrote_it()
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(900);
        (float[] more, _) = IndexFile.Data(Dimensions, seed: 2).Draw(300);
        vectors.AsSpan(0, 4 * Dimensions).CopyTo(more); // copies of old vectors, too
        using var first = new IndexFile();
        using var second = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        builder.Remove(70);
        using (HnswIndex index = first.Save(builder))
        using (HnswBuilder continued = HnswBuilder.Append(index))
        {
            Assert.That(continued.LastKey, Is.EqualTo(8990));
            IndexFile.Add(continued, more, Dimensions);
            continued.Save(second.Path, 1, IndexFile.Model);
        }
        IndexFile.Add(builder, more, Dimensions);
        builder.Save(first.Path, 1, IndexFile.Model);
        Assert.That(File.ReadAllBytes(second.Path), Is.EqualTo(File.ReadAllBytes(first.Path)));
    }

    [Test]
    public void A_cancelled_build_goes_on_where_it_stopped()
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(1500);
        using var file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        using var stop = new CancellationTokenSource();
        var progress = new Immediate(done =>
        {
            if (done > 500)
            {
                stop.Cancel();
            }
        });
        Assert.That(() => builder.Build(1, progress, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        builder.Save(file.Path, 1, IndexFile.Model);
        Assert.That(File.ReadAllBytes(file.Path), Is.EqualTo(Bytes(vectors, threads: 1)));
    }

    [Test]
    public void Ten_thousand_equal_vectors_neither_hide_others_nor_themselves()
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(500);
        (float[] silence, _) = IndexFile.Data(Dimensions, seed: 3).Draw(1);
        using var file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors.AsSpan(0, 250 * Dimensions), Dimensions);
        for (int i = 0; i < 10_000; i++)
        {
            IndexFile.Add(builder, silence, Dimensions);
        }
        IndexFile.Add(builder, vectors.AsSpan(250 * Dimensions), Dimensions);
        using HnswIndex index = file.Save(builder);
        Assert.That(index.CopyCount, Is.EqualTo(9999));
        Assert.That(index.Validate().Problems, Is.Empty);
        Assert.That(index.Recall(vectors, 10, mode: HnswMode.Graph), Is.GreaterThanOrEqualTo(0.99));

        int[] places = new int[10_500];
        float[] scores = new float[10_500];
        Assert.That(index.Search(silence, 10_500, 0, places, scores, mode: HnswMode.Graph), Is.EqualTo(10_500));
        Assert.That(places[..10_000], Is.EqualTo(Enumerable.Range(250, 10_000)), "equal scores come by place");
        Assert.That(places, Is.Unique);

        ulong[] lastCopy = new ulong[index.FilterLength];
        lastCopy[10_249 >> 6] |= 1UL << (10_249 & 63);
        Assert.That(index.Search(silence, 3, 0, places, scores, lastCopy, HnswMode.Graph), Is.EqualTo(1));
        Assert.That(places[0], Is.EqualTo(10_249));
    }

    [Test]
    public void An_empty_index_can_be_saved_searched_and_continued()
    {
        using var file = new IndexFile();
        using var builder = new HnswBuilder(Dimensions);
        using HnswIndex index = file.Save(builder);
        Assert.That(index.Search(new float[Dimensions], 5, 0, [], []), Is.Zero);
        Assert.That(index.Validate().Problems, Is.Empty);
        using HnswBuilder continued = HnswBuilder.Append(index);
        (float[] one, _) = IndexFile.Data(Dimensions).Draw(1);
        IndexFile.Add(continued, one, Dimensions);
        using HnswIndex grown = file.Save(continued, generation: 2);
        int[] places = [-1];
        Assert.That(grown.Search(one, 5, 0, places, new float[1], mode: HnswMode.Graph), Is.EqualTo(1));
        Assert.That(places[0], Is.Zero);
    }

    [Test]
    public void Every_vector_removed_leaves_nothing_to_find([Values] HnswMode mode)
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(100);
        using var file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        for (int i = 0; i < 100; i++)
        {
            builder.Remove(10 * i);
        }
        using HnswIndex index = file.Save(builder);
        Assert.That(index.Search(vectors.AsSpan(0, Dimensions), 5, 0, new int[5], new float[5], mode: mode), Is.Zero);
    }

    [Test]
    public void Vectors_that_are_not_of_unit_length_are_refused_by_key()
    {
        using var builder = new HnswBuilder(2);
        Assert.That(() => builder.Add(7, [0f, 0f]), Throws.ArgumentException.With.Message.Contains("key 7"));
        Assert.That(() => builder.Add(7, [float.NaN, 1f]), Throws.ArgumentException);
        Assert.That(() => builder.Add(7, [float.PositiveInfinity, 1f]), Throws.ArgumentException);
        Assert.That(() => builder.Add(7, [(Half)1, (Half)1]), Throws.ArgumentException);
        Assert.That(() => builder.Add(7, [1f, 0f, 0f]), Throws.ArgumentException.With.Message.Contains("3 dimensions"));
        Assert.That(builder.Count, Is.Zero);
        builder.Add(7, [0.6f, 0.8f]);
        Assert.That(() => builder.Add(7, [0.6f, 0.8f]), Throws.ArgumentException.With.Message.Contains("ascend"));
        Assert.That(builder.Count, Is.EqualTo(1));
    }

    [Test]
    public void Options_out_of_range_are_refused()
    {
        Assert.That(() => new HnswBuilder(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HnswBuilder(1 << 15), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HnswBuilder(8, new HnswOptions { M = 1 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HnswBuilder(8, new HnswOptions { EfConstruction = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new HnswBuilder(8, new HnswOptions { EfSearch = -1 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void The_smallest_and_oddest_options_work([Values(2, 3, 64)] int m, [Values(1, 300)] int efConstruction)
    {
        (float[] vectors, _) = IndexFile.Data(Dimensions).Draw(700);
        using var file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions, new HnswOptions { M = m, EfConstruction = efConstruction, EfSearch = 700 }); // all
        using HnswIndex index = file.Save(builder);
        Assert.That(index.Validate().Problems, Is.Empty);
        Assert.That(index.Options.M, Is.EqualTo(m));
        Assert.That(index.Recall(vectors.AsSpan(0, 50 * Dimensions), 10, mode: HnswMode.Graph), Is.EqualTo(1), "every node is reached");
    }

    private static byte[] Bytes(ReadOnlySpan<float> vectors, int threads)
    {
        using var file = new IndexFile();
        using HnswBuilder builder = IndexFile.Fill(vectors, Dimensions);
        builder.Build(threads);
        builder.Save(file.Path, 1, IndexFile.Model);
        return File.ReadAllBytes(file.Path);
    }

    private sealed class Immediate(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
