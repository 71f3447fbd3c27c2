using Microsoft.Data.Sqlite;
using SoundSearch.Query;
using SoundSearch.Query.Filters;
using SoundSearch.Tests.Indexer;

namespace SoundSearch.Tests.Query;

public sealed class SoundLibraryTests
{
    private TempLibrary temp = null!;
    private SoundLibrary library = null!;

    [OneTimeSetUp]
    public void Make()
    {
        temp = new TempLibrary();
        temp.Tone("Dogs/Bark_02.wav", 3, seconds: 0.5);
        temp.Tone("Dogs/whimper.wav", 6, seconds: 0.5, rate: 11025);
        temp.Tone("Misc/unnamed_0001.wav", 3, seconds: 0.7, seed: 1);
        temp.Tone("Weather/HeavyRainOnTinRoof.wav", 9, seconds: 3.3, channels: 2);
        temp.Tone("Weapons/heavy_sword.wav", 14, seconds: 0.2);
        temp.Tone("Church/take7.wav", 12, seconds: 1, title: "Cathedral bells at noon");
        for (int i = 0; i < 30; i++)
        {
            temp.Tone($"Filler/f{i:00}.wav", 7 + (i % 2), seconds: 0.1, seed: 10 + i);
        }
        Assert.That(temp.Index().Failed, Is.Empty);
        library = temp.Open();
    }

    [OneTimeTearDown]
    public void Remove()
    {
        library.Dispose();
        temp.Dispose();
    }

    [Test]
    public void Split_names_and_folders_are_found_by_their_words()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Names("dog barking", words: true)[..2], Is.EqualTo(new[] { "Bark_02.wav", "whimper.wav" }));
            Assert.That(Names("rain roof", words: true)[0], Is.EqualTo("HeavyRainOnTinRoof.wav"));
            Assert.That(Names("cathedral bell", words: true), Is.EqualTo(new[] { "take7.wav" }));
            Assert.That(Names("zebra", words: true), Is.Empty);
        });
    }

    [Test]
    public void Nameless_sounds_are_found_by_meaning()
    {
        SearchHit[] hits = [.. library.Search(new SearchRequest { Text = "dog barking", VectorOnly = true, K = 2 }).Hits];
        Assert.That(hits.Select(h => Path.GetFileName(h.Path)), Is.EquivalentTo(new[] { "Bark_02.wav", "unnamed_0001.wav" }));
        Assert.That(hits.Select(h => h.Score), Is.Ordered.Descending.And.All.GreaterThan(0.95));
    }

    [Test]
    public void Words_and_meaning_together_put_the_file_with_both_first_and_drown_neither()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Names("dog barking")[..2], Is.EqualTo(new[] { "Bark_02.wav", "unnamed_0001.wav" }));
            // One word of five does not lift the sword over the sounds.
            string[] rain = Names("heavy rain on a tin roof");
            Assert.That(rain[0], Is.EqualTo("HeavyRainOnTinRoof.wav"));
            Assert.That(library.Search(new SearchRequest { Text = "heavy rain on a tin roof" }).Hits[0].Score, Is.EqualTo(1).Within(1e-9));
            Assert.That(library.Search(new SearchRequest { Text = "dog barking" }).Hits.Select(h => h.Score), Is.Ordered.Descending);
        });
    }

    [Test]
    public void Hits_say_where_in_a_long_file_the_sound_is()
    {
        using var own = new TempLibrary();
        // 3.3 s: silence but for a bell from 2.1 s on.
        short[] samples = new short[26400];
        for (int i = 16800; i < samples.Length; i++)
        {
            samples[i] = (short)(15000 * Math.Sin(2 * Math.PI * BandEncoder.Frequency(12) * i / 8000));
        }
        File.WriteAllBytes(own.Sound("long.wav"), SoundSearch.Tests.Engine.Audio.WavBytes.File(
            SoundSearch.Tests.Engine.Audio.WavBytes.Format(1, 1, 8000, 16), SoundSearch.Tests.Engine.Audio.WavBytes.Chunk("data", SoundSearch.Tests.Engine.Audio.WavBytes.Shorts(samples))));
        own.Index();
        using SoundLibrary found = own.Open();
        SearchHit hit = found.Search(new SearchRequest { Text = "bell", VectorOnly = true }).Hits.Single();
        Assert.That(hit, Has.Property("Start").EqualTo(2.3).Within(1e-9).And.Property("End").EqualTo(3.3).Within(1e-9).And.Property("Duration").EqualTo(3.3).Within(1e-9));
        // 0, 0.5, 1, 1.5, 2, and the last that ends with the sound.
        Assert.That(found.Info().Segments, Is.EqualTo(6));
    }

    [Test]
    public void Metadata_comes_with_the_hit()
    {
        SearchHit hit = library.Search(new SearchRequest { Text = "cathedral" }).Hits[0];
        SearchHit rain = library.Search(new SearchRequest { Text = "rain" }).Hits[0];
        Assert.That(hit, Has.Property("Title").EqualTo("Cathedral bells at noon").And.Property("Rank").EqualTo(1).And.Property("SampleRate").EqualTo(8000));
        Assert.That(rain, Has.Property("Channels").EqualTo(2).And.Property("Path").EqualTo(temp.Sound("Weather/HeavyRainOnTinRoof.wav")));
    }

    [TestCase("duration < 0.15", 30)]
    [TestCase("duration >= 0.5 and duration <= 1", 4)]
    [TestCase("duration between 0.5 and 1", 4)]
    [TestCase("channels = 2 or sampleRate != 8000", 2)]
    [TestCase("not (channels = 2 or sampleRate <> 8000)", 34)]
    [TestCase("channels in (2, 3)", 1)]
    [TestCase("channels not in (2, 3)", 35)]
    [TestCase("path like '%/dogs/%'", 2)]
    [TestCase("path not like '%/dogs/%' and name like '%\\_%'", 0)]
    [TestCase("name contains '_'", 3)]
    [TestCase("name contains '%'", 0)]
    [TestCase("NAME = \"bark_02.WAV\"", 1)]
    [TestCase("title contains 'bells'", 1)]
    [TestCase("title = ''", 35)]
    [TestCase("duration > 100", 0)]
    [TestCase("size < 1000000 and size > 1", 36)]
    public void Filters_choose_before_ranking(string filter, int expected)
    {
        SearchResult vectors = library.Search(new SearchRequest { Text = "dog", VectorOnly = true, K = 100, Where = filter });
        Assert.That(vectors.Hits, Has.Count.EqualTo(expected));
        SearchResult all = library.Search(new SearchRequest { Text = "dog", VectorOnly = true, K = 100 });
        var allowed = vectors.Hits.Select(h => h.Path).ToHashSet();
        Assert.That(vectors.Hits.Select(h => h.Path), Is.EqualTo(all.Hits.Select(h => h.Path).Where(allowed.Contains)));
        SearchResult words = library.Search(new SearchRequest { Text = "dog heavy bells f01", WordsOnly = true, K = 100, Where = filter });
        Assert.That(words.Hits.Select(h => h.Path), Is.SubsetOf(allowed));
    }

    [TestCase("\"")]
    [TestCase("'; DROP TABLE files; --")]
    [TestCase("dog AND")]
    [TestCase("NEAR(dog bark, 2)")]
    [TestCase("dog* OR -bark ^whimper")]
    [TestCase("name:dog {name folders}: x")]
    [TestCase("(((((")]
    [TestCase("\0dog\0")]
    [TestCase("\uD800 dog")]
    [TestCase("½ ² ؀ \u0301")]
    [TestCase("NOT NOT NOT")]
    public void Nothing_that_is_typed_is_syntax(string text)
    {
        Assert.That(() => library.Search(new SearchRequest { Text = text }), Throws.Nothing);
        Assert.That(() => library.Search(new SearchRequest { Text = text, WordsOnly = true }), Throws.Nothing);
        Assert.That(library.Info().Files, Is.EqualTo(36));
    }

    [Test]
    public void Impossible_requests_are_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => library.Search(new SearchRequest { Text = " " }), Throws.ArgumentException);
            Assert.That(() => library.Search(new SearchRequest { Text = "a", K = 0 }), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => library.Search(new SearchRequest { Text = "a", VectorOnly = true, WordsOnly = true }), Throws.ArgumentException);
            Assert.That(() => library.Search(new SearchRequest { Text = "a", Where = "duration <" }), Throws.TypeOf<FilterSyntaxException>());
            Assert.That(() => library.Similar(new float[3]), Throws.ArgumentException);
            Assert.That(() => library.Similar(new float[19]), Throws.ArgumentException);
            Assert.That(() => library.Similar(temp.Sound("nowhere.wav")), Throws.TypeOf<LibraryException>().With.Message.Contains("not in the library"));
            Assert.That(() => SoundLibrary.Open(temp.Sounds), Throws.TypeOf<LibraryException>().With.Message.Contains("no library here"));
        });
    }

    [Test]
    public void Without_text_encoder_words_still_work()
    {
        using SoundLibrary plain = SoundLibrary.Open(temp.Library);
        SearchResult result = plain.Search(new SearchRequest { Text = "dog" });
        Assert.Multiple(() =>
        {
            Assert.That(result.Hits, Has.Count.EqualTo(2));
            Assert.That(result.Notes, Has.One.Contains("only words"));
            Assert.That(() => plain.Search(new SearchRequest { Text = "dog", VectorOnly = true }), Throws.InvalidOperationException);
        });
    }

    [Test]
    public void Similar_sounds_are_the_nearest_without_the_sound_itself()
    {
        string bark = temp.Sound("Dogs/Bark_02.wav");
        SearchResult result = library.Similar(bark, 3);
        Assert.That(result.Hits[0].Path, Is.EqualTo(temp.Sound("Misc/unnamed_0001.wav")));
        Assert.That(result.Hits.Select(h => h.Path), Has.None.EqualTo(bark).And.Exactly(3).Items);
        float[] vector = new float[library.Model.Dimensions];
        Assert.That(library.TryGetEmbedding(bark, vector), Is.True);
        Assert.That(library.Similar(vector, 1).Hits[0].Path, Is.EqualTo(bark));
        Assert.That(library.TryGetEmbedding(temp.Sound("nowhere.wav"), vector), Is.False);
    }

    [Test]
    public void Info_and_verify_agree_with_what_was_indexed()
    {
        LibraryInfo info = library.Info();
        VerifyReport check = library.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(info, Has.Property("Files").EqualTo(36).And.Property("Model").EqualTo("bands").And.Property("Dimensions").EqualTo(19));
            Assert.That(info.AudioSeconds, Is.EqualTo(0.5 + 0.5 + 0.7 + 3.3 + 0.2 + 1 + 3).Within(0.01));
            Assert.That(info.Segments, Is.EqualTo(36 + 5));
            Assert.That(info.Folders, Is.EqualTo(new[] { temp.Sounds }));
            Assert.That(check, Has.Property("Ok").True.And.Property("Files").EqualTo(36).And.Property("GoodVectors").EqualTo(info.Segments));
        });
    }

    [Test]
    public void Concurrent_searches_agree()
    {
        string[] expected = Names("dog rain bell");
        Parallel.For(0, 200, _ => Assert.That(Names("dog rain bell"), Is.EqualTo(expected)));
    }

    [Test]
    public void Damaged_vectors_are_left_out_and_verify_names_them()
    {
        using var own = new TempLibrary();
        own.Tone("a.wav", 3);
        own.Tone("b.wav", 4);
        own.Index();
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(own.Library, "library.db")};Pooling=false"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE segments SET embedding = zeroblob(38) WHERE id = 1; UPDATE segments SET embedding = x'007C' WHERE id = 2; UPDATE files SET hash = NULL WHERE id = 1";
            command.ExecuteNonQuery();
        }
        using SoundLibrary damaged = own.Open();
        SearchResult result = damaged.Search(new SearchRequest { Text = "dog", VectorOnly = true });
        VerifyReport check = damaged.Verify();
        Assert.Multiple(() =>
        {
            Assert.That(result.Notes, Has.One.Contains("1 vectors are damaged"));
            Assert.That(check.Ok, Is.False);
            Assert.That(check.GoodVectors, Is.Zero);
            Assert.That(check.Problems, Has.Exactly(3).Items);
            Assert.That(check.Problems, Has.One.Contains("segment 1").And.One.Contains("2 bytes, expected 38").And.One.Contains("no content hash"));
        });
    }

    [TestCase("UPDATE roots SET path = path || char(0)")]
    [TestCase("UPDATE roots SET path = ''")]
    [TestCase("DELETE FROM roots")]
    [TestCase("UPDATE files SET sample_rate = 1000000000000, channels = -1")]
    [TestCase("UPDATE files SET sample_rate = 'high', duration = 'long'")]
    [TestCase("UPDATE files SET duration = 9e999, title = x'FF00', path = x'00FF'")]
    [TestCase("UPDATE segments SET embedding = 1.5")]
    [TestCase("UPDATE segments SET start = 'x', \"end\" = x''")]
    [TestCase("UPDATE segments SET file = 99")]
    [TestCase("UPDATE meta SET value = x'0102' WHERE key = 'model'")]
    [TestCase("UPDATE meta SET value = 'none' WHERE key = 'generation'")]
    [TestCase("UPDATE meta SET value = '1e5' WHERE key = 'dimensions'")]
    [TestCase("DROP TABLE words")]
    [TestCase("DROP TABLE segments")]
    [TestCase("DELETE FROM words_data WHERE id > 1")]
    public void Values_that_cannot_be_are_a_library_error_or_nothing(string sql)
    {
        using var own = new TempLibrary();
        own.Tone("Dogs/bark.wav", 3);
        own.Index();
        Execute(Path.Combine(own.Library, "library.db"), "PRAGMA foreign_keys = OFF; " + sql);
        try
        {
            using SoundLibrary library = own.Open();
            library.Search(new SearchRequest { Text = "dog barking", Where = "duration < 1 or name like '%x%'" });
            library.Info();
            library.Verify();
        }
        catch (LibraryException e)
        {
            Assert.That(e.Message, Does.Contain(own.Library).And.Contains(e.Remedy));
        }
    }

    [Test]
    public void Files_that_are_no_library_are_named_as_such()
    {
        using var own = new TempLibrary();
        string path = Path.Combine(own.Library, "library.db");
        Directory.CreateDirectory(own.Library);
        File.WriteAllText(path, "this is no database, but a text that is long enough to have a header of a hundred bytes; it goes on and on and on");
        Assert.That(own.Open, Throws.TypeOf<LibraryException>().With.Message.Contains(path).And.Message.Contains("damaged"));
        File.Delete(path);
        Execute(path, "CREATE TABLE other(x)");
        Assert.That(own.Open, Throws.TypeOf<LibraryException>().With.Message.Contains("not a SoundSearch library"));
        Assert.That(() => own.Index(), Throws.TypeOf<LibraryException>().With.Message.Contains("not a SoundSearch library"));
        File.Delete(path);
        own.Tone("a.wav", 1);
        own.Index();
        Execute(path, "PRAGMA user_version = 99");
        Assert.That(own.Open, Throws.TypeOf<LibraryException>().With.Message.Contains("schema version 99, expected 1").And.Message.Contains("update the program"));
        Execute(path, "PRAGMA user_version = 1; DELETE FROM meta WHERE key = 'dimensions'");
        Assert.That(own.Open, Throws.TypeOf<LibraryException>().With.Message.Contains("'dimensions' is missing"));
    }

    private string[] Names(string text, bool words = false) =>
        [.. library.Search(new SearchRequest { Text = text, WordsOnly = words }).Hits.Select(hit => Path.GetFileName(hit.Path))];

    private static void Execute(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
