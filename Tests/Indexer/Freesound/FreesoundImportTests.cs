using SoundSearch.Indexer;
using SoundSearch.Indexer.Freesound;
using SoundSearch.Query;
using SoundSearch.Query.Store;

namespace SoundSearch.Tests.Indexer.Freesound;

/// <summary>Sounds without files in a library: found, changed, left alone by indexing.</summary>
public class FreesoundImportTests
{
    private const int Size = BandEncoder.Bands + 3;

    private static readonly LibraryMeta bands = new("bands", BandEncoder.Fingerprint, Size, new IndexModel(new BandEncoder(), "bands", BandEncoder.Fingerprint).Windows.Seconds, 0.5);

    [Test]
    public void Imported_sounds_are_found_by_vector_and_by_words_with_name_address_and_credit()
    {
        using var temp = new TempLibrary();
        ImportReport report = Import(temp, new Row(1, 0, "DogBark.wav", "a dog in a yard"), new Row(2, 3, "Rain", "on tin"));
        Assert.That((report.Rows, report.Imported, report.Bad, report.GraphProblem), Is.EqualTo((2L, 2L, 0L, (string?)null)));
        using SoundLibrary library = temp.Open();
        SearchHit near = library.Similar(Vector(3), k: 1).Hits[0];
        Assert.That((near.Path, near.Title, near.Duration, near.Start, near.End), Is.EqualTo(("https://freesound.org/s/2", "Rain", 2.0, 0.0, 2.0)));
        Assert.That(near.Cosine, Is.EqualTo(1).Within(1e-3));
        SearchHit named = library.Search(new SearchRequest { Text = "yard dog", WordsOnly = true }).Hits.Single();
        Assert.That((named.Path, named.Description), Is.EqualTo(("https://freesound.org/s/1", "a dog in a yard\nby ann, CC0")));
        Assert.That(library.Search(new SearchRequest { Text = "cc0", WordsOnly = true }).Hits, Is.Empty);
        Assert.That(library.Search(new SearchRequest { Text = "x", VectorOnly = true, Where = "path like 'https://freesound.org/%' and duration < 5" }).Hits, Has.Count.EqualTo(2));
        Assert.That(library.Similar("https://freesound.org/s/1", k: 5).Hits.Select(h => h.Path), Is.EqualTo(new[] { "https://freesound.org/s/2" }));
    }

    [Test]
    public void Importing_again_changes_only_what_changed()
    {
        using var temp = new TempLibrary();
        Import(temp, new Row(1, 0, "a", ""), new Row(2, 1, "b", ""), new Row(3, 2, "c", ""));
        long generation = Generation(temp);
        ImportReport again = Import(temp, new Row(1, 0, "a", ""), new Row(2, 1, "b", ""), new Row(3, 2, "c", ""));
        Assert.That((again.Imported, again.Unchanged, Generation(temp)), Is.EqualTo((0L, 3L, generation)));
        ImportReport changed = Import(temp, new Row(1, 0, "a", ""), new Row(2, 4, "b", ""), new Row(3, 2, "renamed", ""), new Row(4, 5, "new", ""));
        Assert.That((changed.Imported, changed.Unchanged), Is.EqualTo((3L, 1L)));
        using SoundLibrary library = temp.Open();
        Assert.That(library.Info().Files, Is.EqualTo(4));
        Assert.That(library.Similar(Vector(4), k: 1).Hits[0].Path, Does.EndWith("/s/2"));
        Assert.That(library.Search(new SearchRequest { Text = "renamed", WordsOnly = true }).Hits.Single().Path, Does.EndWith("/s/3"));
        Assert.That(library.Search(new SearchRequest { Text = "c", WordsOnly = true }).Hits, Is.Empty);
    }

    [Test]
    public void Bad_vectors_are_reported_with_row_and_reason_and_skipped()
    {
        using var temp = new TempLibrary();
        string dump = Path.Combine(temp.Base, "dump.jsonl");
        string good = string.Join(',', Vector(0).Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        File.WriteAllLines(dump,
        [
            $$"""{"id":1,"vector":[{{good}}]}""",
            """{"id":2,"vector":[1,2]}""",
            $$"""{"id":3,"vector":[{{good.Replace("1", "null")}}]}""",
            $$"""{"id":4,"vector":[{{good.Replace("1", "0")}}]}""",
            """{"id":5}""",
            "no json",
        ]);
        using ISoundRows rows = FreesoundImport.Open(dump);
        ImportReport report = FreesoundImport.Run(rows, temp.Library, bands);
        Assert.Multiple(() =>
        {
            Assert.That((report.Rows, report.Imported, report.Bad), Is.EqualTo((6L, 1L, 5L)));
            Assert.That(report.Problems.Select(p => (p.Row, p.Id)), Is.EqualTo(new (long, long?)[] { (2, 2), (3, 3), (4, 4), (5, 5), (6, null) }));
            Assert.That(string.Join('|', report.Problems.Select(p => p.Reason)), Does.Match("2 numbers.*finite.*zeros.*no vector.*JSON"));
        });
    }

    [Test]
    public void Indexing_folders_leaves_imported_sounds_alone_and_the_library_verifies()
    {
        using var temp = new TempLibrary();
        Import(temp, new Row(1, 0, "a", "", Duration: 0), new Row(2, 1, "b", ""));
        temp.Tone("x.wav", 2);
        Assert.That(temp.Index().Removed, Is.Zero);
        File.Delete(temp.Sound("x.wav"));
        temp.Tone("y.wav", 3);
        Assert.That(temp.Index().Removed, Is.EqualTo(1));
        using SoundLibrary library = temp.Open();
        Assert.That(library.Info().Files, Is.EqualTo(3));
        Assert.That(library.Info().Folders, Is.EquivalentTo(new[] { "https://freesound.org", temp.Sounds }));
        Assert.That(library.Verify().Problems, Is.Empty);
        Assert.That(library.Similar(temp.Sound("y.wav")).Hits.Select(h => h.Path), Is.EquivalentTo(new[] { "https://freesound.org/s/1", "https://freesound.org/s/2" }));
    }

    [Test]
    public void What_was_stopped_is_kept_and_goes_on()
    {
        using var temp = new TempLibrary();
        using var stop = new CancellationTokenSource();
        Row[] rows = [.. Enumerable.Range(1, 20).Select(i => new Row(i, i % 4, $"s{i}", ""))];
        ImportReport first = FreesoundImport.Run(new Rows(rows, i => { if (i == 10) { stop.Cancel(); } }), temp.Library, bands, null, stop.Token);
        Assert.That((first.Cancelled, first.Imported), Is.EqualTo((true, 9L)));
        ImportReport second = FreesoundImport.Run(new Rows(rows), temp.Library, bands);
        Assert.That((second.Imported, second.Unchanged), Is.EqualTo((11L, 9L)));
    }

    [Test]
    public void What_came_before_a_broken_end_is_kept()
    {
        using var temp = new TempLibrary();
        Row[] rows = [.. Enumerable.Range(1, 5).Select(i => new Row(i, 0, $"s{i}", ""))];
        Assert.That(() => FreesoundImport.Run(new Rows(rows, i => { if (i == 4) { throw new IOException("disk"); } }), temp.Library, bands), Throws.InstanceOf<IOException>());
        using SoundLibrary library = temp.Open();
        Assert.That(library.Info().Files, Is.EqualTo(3));
    }

    [Test]
    public void A_library_of_another_model_is_refused()
    {
        using var temp = new TempLibrary();
        temp.Tone("x.wav", 2);
        temp.Index();
        Assert.That(() => FreesoundImport.Run(new Rows([]), temp.Library, bands with { Fingerprint = "other" }), Throws.TypeOf<LibraryException>().With.Message.Contains("never mix"));
    }

    private static ImportReport Import(TempLibrary temp, params Row[] rows) => FreesoundImport.Run(new Rows(rows), temp.Library, bands);

    private static long Generation(TempLibrary temp)
    {
        using SoundLibrary library = temp.Open();
        return library.Info().Generation;
    }

    private static float[] Vector(int band) => [.. Enumerable.Range(0, Size).Select(d => d == band ? 1f : 0)];

    private sealed record Row(long Id, int Band, string Name, string Description, double Duration = 2);

    private sealed class Rows(Row[] rows, Action<int>? before = null) : ISoundRows
    {
        public long Length => rows.Length;

        public long Position { get; private set; }

        IEnumerable<SoundRow> ISoundRows.Rows()
        {
            foreach (Row row in rows)
            {
                before?.Invoke((int)++Position);
                yield return new SoundRow(Position, new FreesoundSound
                {
                    Id = row.Id,
                    Name = row.Name,
                    Username = "ann",
                    Licence = "CC0",
                    Description = row.Description,
                    Duration = row.Duration,
                    Vector = [.. Vector(row.Band).Select(v => 3 * v)],
                }, null);
            }
        }

        public void Dispose()
        {
        }
    }
}
