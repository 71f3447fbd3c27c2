using Microsoft.Data.Sqlite;
using SoundSearch.Indexer;
using SoundSearch.Query;
using SoundSearch.Query.Hnsw;
using SoundSearch.Tests.Indexer;

namespace SoundSearch.Tests.Query;

/// <summary>The neighbour graph is a cache: fresh it is used, and whatever happens to it, searches give the same and say why they are slower.</summary>
public sealed class GraphCacheTests
{
    private const int Files = 120;

    [Test]
    public void Fresh_graph_finds_what_exact_search_finds()
    {
        using TempLibrary temp = Make();
        using SoundLibrary graph = Open(temp), exact = temp.Open();
        SearchResult found = Search(graph), truth = Search(exact);
        VerifyReport check = graph.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(found, Has.Property("Exact").False.And.Property("Notes").Empty);
            Assert.That(truth, Has.Property("Exact").True.And.Property("Notes").Empty);
            Assert.That(found.Hits.Select(h => (h.Path, h.Start)), Is.EqualTo(truth.Hits.Select(h => (h.Path, h.Start))));
            Assert.That(check, Has.Property("Cache").EqualTo(CacheState.Fresh).And.Property("Recall").GreaterThan(0.95).And.Property("Ok").True);
            Assert.That(exact.Info().Cache, Is.EqualTo(CacheState.NotNeeded));
        });
    }

    [TestCase("name like '%7.wav'", 12)]
    [TestCase("name = '007.wav'", 1)]
    [TestCase("duration > 1", 10)]
    [TestCase("duration > 1000", 0)]
    public void Filters_come_before_neighbours(string filter, int expected)
    {
        using TempLibrary temp = Make();
        using SoundLibrary graph = Open(temp), exact = temp.Open();
        Assert.That(Search(graph, filter).Hits, Has.Count.EqualTo(expected));
        Assert.That(Search(graph, filter).Hits.Select(h => h.Path), Is.EqualTo(Search(exact, filter).Hits.Select(h => h.Path)));
    }

    [Test]
    public void Vectors_far_too_long_are_reported_beside_a_fresh_graph()
    {
        using TempLibrary temp = Make();
        using SoundLibrary library = Open(temp);
        string connection = new SqliteConnectionStringBuilder { DataSource = Path.Combine(temp.Library, "library.db"), Pooling = false }.ToString();
        using (var database = new SqliteConnection(connection))
        {
            database.Open();
            using SqliteCommand command = database.CreateCommand();
            // 7BFF is 65,504, the largest half: finite, and nothing that a search takes for a question.
            command.CommandText = $"UPDATE segments SET embedding = cast(x'{string.Concat(Enumerable.Repeat("FF7B", library.Info().Dimensions))}' AS BLOB) WHERE id % 2 = 0";
            command.ExecuteNonQuery();
        }
        VerifyReport check = library.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(check.Problems, Has.Some.Contains("expected 1"));
            Assert.That(check, Has.Property("Ok").False.And.Property("Recall").GreaterThan(0.95));
        });
    }

    [Test]
    public void Missing_stale_and_damaged_graphs_give_a_note_and_exact_results()
    {
        using TempLibrary temp = Make();
        string path = Path.Combine(temp.Library, "vectors.hnsw");
        byte[] good = File.ReadAllBytes(path);
        using SoundLibrary library = Open(temp);
        SearchHit[] truth = [.. Search(library).Hits];

        File.Delete(path);
        Check(CacheState.Missing);
        File.WriteAllBytes(path, []);
        Check(CacheState.Damaged);
        File.WriteAllText(path, "something else altogether");
        Check(CacheState.Damaged);
        File.WriteAllBytes(path, good[..(good.Length / 2)]);
        Check(CacheState.Damaged);
        var random = new Random(3);
        for (int i = 0; i < 20; i++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[random.Next(bad.Length)] ^= 0x10;
            string other = path + ".new";
            File.WriteAllBytes(other, bad);
            File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddSeconds(i));
            File.Move(other, path, overwrite: true); // never in place: the old one may be mapped
            SearchResult result = Search(library);
            Assert.That(result.Hits.Select(h => h.Path), Is.EquivalentTo(truth.Select(h => h.Path)));
        }

        // A run that changes nothing but finds the graph damaged builds it again.
        LibraryIndexer.Run(Options(temp));
        Assert.That(library.Info().Cache, Is.EqualTo(CacheState.Fresh));
        temp.Index(); // without a graph
        temp.Tone("new/zzz.wav", 15);
        LibraryIndexer.Run(temp.Options with { GraphFrom = int.MaxValue });
        Assert.That(Search(library).Notes, Has.One.Contains("stale"));
        Assert.That(library.Similar(temp.Sound("new/zzz.wav"), 1).Notes, Has.One.Contains("stale"));

        void Check(CacheState state)
        {
            SearchResult result = Search(library);
            VerifyReport report = library.Verify();
            Assert.Multiple(() =>
            {
                Assert.That(result.Exact, Is.True);
                Assert.That(result.Notes, Has.One.Contains(state.ToString().ToLowerInvariant()).And.One.Contains(path));
                Assert.That(result.Hits.Select(h => h.Path), Is.EqualTo(truth.Select(h => h.Path)));
                Assert.That(report, Has.Property("Cache").EqualTo(state).And.Property("Ok").True.And.Property("CacheProblem").Contains(path));
            });
        }
    }

    [Test]
    public void Graph_follows_new_changed_and_removed_files()
    {
        using TempLibrary temp = Make();
        using SoundLibrary library = Open(temp);
        Assert.That(Search(library).Exact, Is.False);
        File.Delete(temp.Sound("003.wav"));
        temp.Tone("004.wav", 12, seconds: 0.77);
        temp.Tone("Added/one.wav", 12, seconds: 0.9);
        IndexReport report = LibraryIndexer.Run(Options(temp));
        using SoundLibrary exact = temp.Open();
        SearchResult found = library.Search(new SearchRequest { Text = "bell", VectorOnly = true, K = 30 });
        Assert.Multiple(() =>
        {
            Assert.That(report.GraphProblem, Is.Null);
            Assert.That(found.Exact, Is.False);
            Assert.That(found.Hits.Select(h => h.Path), Is.EqualTo(exact.Search(new SearchRequest { Text = "bell", VectorOnly = true, K = 30 }).Hits.Select(h => h.Path)));
            Assert.That(found.Hits.Select(h => h.Path), Has.One.EqualTo(temp.Sound("Added/one.wav")).And.One.EqualTo(temp.Sound("004.wav")));
        });
        // Most of the library goes: the graph is built anew rather than kept full of what is gone.
        for (int i = 20; i < 100; i++)
        {
            File.Delete(temp.Sound($"{i:000}.wav"));
        }
        LibraryIndexer.Run(Options(temp));
        Assert.That(HnswIndex.TryOpen(Path.Combine(temp.Library, "vectors.hnsw"), null, null, out HnswIndex? index, out string reason), Is.True, reason);
        using (index)
        {
            Assert.That(index!.RemovedCount, Is.Zero);
        }
        Assert.That(Search(library).Hits.Select(h => h.Path), Is.EquivalentTo(Search(exact).Hits.Select(h => h.Path)));
    }

    private static TempLibrary Make()
    {
        var temp = new TempLibrary();
        for (int i = 0; i < Files; i++)
        {
            // Every twelfth is long: several segments, of which only the best may come.
            temp.Tone($"{i:000}.wav", i % 16, seconds: i % 12 == 5 ? 2.2 : 0.1 + (0.005 * i), seed: i);
        }
        Assert.That(LibraryIndexer.Run(Options(temp)).GraphProblem, Is.Null);
        return temp;
    }

    private static IndexOptions Options(TempLibrary temp) => temp.Options with { GraphFrom = 10 };

    private static SoundLibrary Open(TempLibrary temp) => SoundLibrary.Open(temp.Library, new BandTextEncoder(), BandEncoder.Fingerprint, exactBelow: 10);

    private static SearchResult Search(SoundLibrary library, string? where = null) =>
        library.Search(new SearchRequest { Text = "rain", VectorOnly = true, K = 15, Where = where });
}
