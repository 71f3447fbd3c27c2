using SoundSearch.Query;
using SoundSearch.Tests.Indexer;

namespace SoundSearch.Tests.Mutation;

/// <summary>A library with one file damaged. A damaged database is a <see cref="LibraryException"/> or goes unnoticed; a damaged graph is never an error.</summary>
[Category(MutationRun.Category)]
internal sealed class LibraryMutationTests
{
    private const int Files = 40;

    private TempLibrary temp = null!;

    [SetUp]
    public void Make()
    {
        temp = new TempLibrary();
        for (int i = 0; i < Files; i++)
        {
            temp.Tone($"Dogs/bark_{i:00}.wav", i % 15, seconds: 0.1 + (0.05 * (i % 4)), seed: i, title: i % 3 == 0 ? "Loud dog" : null);
        }
        SoundSearch.Indexer.LibraryIndexer.Run(temp.Options with { GraphFrom = 1 });
    }

    [TearDown]
    public void Remove() => temp.Dispose();

    [Test]
    public void Damaged_databases_do_no_harm()
    {
        string path = Path.Combine(temp.Library, "library.db");
        byte[] good = File.ReadAllBytes(path);
        List<byte[]> pages = [.. good.Chunk(8192)];
        new MutationRun("sqlite", m => m.Random.Next(3) switch
        {
            0 => m.Bytes(good),
            1 => [.. m.Parts(pages).SelectMany(page => page)],
            _ => Renumber(m, [.. good]),
        }, (_, bytes) =>
        {
            File.WriteAllBytes(path, bytes);
            File.Delete(path + "-wal");
            File.Delete(path + "-shm");
            return Use() > 0;
        })
        { Ending = ".db", Slowness = 20, AllocationBase = 16 << 20, IsRefusal = (e, _) => e is LibraryException && e.Message.Contains(temp.Library, StringComparison.Ordinal) }.Run();
    }

    [Test]
    public void A_damaged_graph_changes_no_result()
    {
        string path = Path.Combine(temp.Library, "vectors.hnsw");
        byte[] good = File.ReadAllBytes(path);
        using SoundLibrary exact = temp.Open();
        string[] truth = Names(exact);
        new MutationRun("graph-cache", m => m.Bytes(good), (_, bytes) =>
        {
            File.WriteAllBytes(path, bytes);
            using SoundLibrary library = SoundLibrary.Open(temp.Library, new BandTextEncoder(), BandEncoder.Fingerprint, exactBelow: 0);
            MutationRun.Require(Names(library).SequenceEqual(truth), "the results of exact search");
            return library.Info().Cache == CacheState.Fresh;
        })
        { Ending = ".hnsw", Slowness = 10, AllocationBase = 4 << 20 }.Run();
    }

    private static string[] Names(SoundLibrary library) =>
        [.. library.Search(new SearchRequest { Text = "dog barking", VectorOnly = true, K = 10 }).Hits.Select(h => h.Path)];

    /// <summary>Pages begin with a type, offsets and counts, then pointers to cells of two bytes.</summary>
    private static byte[] Renumber(Mutator m, byte[] bytes)
    {
        for (int changes = m.Random.Next(1, 6); changes > 0; changes--)
        {
            int page = 8192 * m.Random.Next(bytes.Length / 8192), at = page + m.Random.Next(m.OneIn(2) ? 110 : 8184);
            m.Number(bytes.AsSpan(at), m.Pick([1, 2, 4, 8]), bigEndian: true);
        }
        return bytes;
    }

    /// <summary>Everything that a program may ask of a library.</summary>
    private int Use()
    {
        using SoundLibrary library = SoundLibrary.Open(temp.Library, new BandTextEncoder(), BandEncoder.Fingerprint, exactBelow: 0);
        int hits = library.Search(new SearchRequest { Text = "dog barking", K = 20 }).Hits.Count;
        hits += library.Search(new SearchRequest { Text = "loud", WordsOnly = true, Where = "duration < 5 and name like '%bark%'" }).Hits.Count;
        hits += library.Search(new SearchRequest { Text = "rain", VectorOnly = true }).Hits.Count;
        try
        {
            hits += library.Similar(temp.Sound("Dogs/bark_03.wav"), 5).Hits.Count;
        }
        catch (LibraryException)
        {
            // no longer in it
        }
        library.Info();
        library.Verify();
        return hits;
    }
}
