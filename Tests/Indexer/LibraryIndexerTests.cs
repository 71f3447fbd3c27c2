using SoundSearch.Engine.Models;
using SoundSearch.Indexer;
using SoundSearch.Query;

namespace SoundSearch.Tests.Indexer;

public sealed class LibraryIndexerTests
{
    [Test]
    public void Second_run_changes_nothing()
    {
        using var temp = new TempLibrary();
        for (int i = 0; i < 20; i++)
        {
            temp.Tone($"Folder{i % 3}/tone{i}.wav", i % 16, seed: i);
        }
        IndexReport first = temp.Index();
        int encoded = temp.Encoder.Windows;
        byte[] before = Dump(temp);
        IndexReport second = temp.Index();
        Assert.Multiple(() =>
        {
            Assert.That(first, Has.Property("Files").EqualTo(20).And.Property("Indexed").EqualTo(20).And.Property("Segments").EqualTo(20));
            Assert.That(first.AudioSeconds, Is.EqualTo(10).Within(1e-6));
            Assert.That(second, Has.Property("Files").EqualTo(20).And.Property("Indexed").EqualTo(0).And.Property("Unchanged").EqualTo(20));
            Assert.That(temp.Encoder.Windows, Is.EqualTo(encoded));
            Assert.That(Dump(temp), Is.EqualTo(before));
        });
    }

    [Test]
    public void Changed_files_are_encoded_again_and_touched_ones_are_not()
    {
        using var temp = new TempLibrary();
        string changed = temp.Tone("changed.wav", 3);
        string touched = temp.Tone("touched.wav", 3, seed: 1);
        temp.Index();
        temp.Tone("changed.wav", 12, seconds: 0.75);
        File.SetLastWriteTimeUtc(touched, DateTime.UtcNow.AddHours(1));
        int encoded = temp.Encoder.Windows;
        IndexReport report = temp.Index();
        using SoundLibrary library = temp.Open();
        SearchHit hit = library.Search(new SearchRequest { Text = "bell", VectorOnly = true, K = 1 }).Hits[0];
        Assert.Multiple(() =>
        {
            Assert.That(report, Has.Property("Indexed").EqualTo(1).And.Property("Unchanged").EqualTo(1));
            Assert.That(temp.Encoder.Windows, Is.EqualTo(encoded + 1));
            Assert.That(hit.Path, Is.EqualTo(changed));
            Assert.That(hit.Cosine, Is.GreaterThan(0.95f));
            Assert.That(temp.Index().Unchanged, Is.EqualTo(2));
        });
    }

    [Test]
    public void Moved_files_are_followed_without_encoding()
    {
        using var temp = new TempLibrary();
        string old = temp.Tone("old/Bark_01.wav", 3);
        temp.Tone("stays.wav", 9);
        temp.Index();
        int encoded = temp.Encoder.Windows;
        string moved = temp.Sound("Wolves/Howl.wav");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        File.Move(old, moved);
        IndexReport report = temp.Index();
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(report, Has.Property("Moved").EqualTo(1).And.Property("Unchanged").EqualTo(1).And.Property("Removed").EqualTo(0));
            Assert.That(temp.Encoder.Windows, Is.EqualTo(encoded));
            Assert.That(temp.Found(), Is.EqualTo(new[] { "Wolves/Howl.wav", "stays.wav" }));
            Assert.That(library.Search(new SearchRequest { Text = "wolf howling", WordsOnly = true }).Hits[0].Path, Is.EqualTo(moved));
            Assert.That(library.Search(new SearchRequest { Text = "bark", WordsOnly = true }).Hits, Is.Empty);
            Assert.That(library.Verify().Problems, Is.Empty);
        });
    }

    [Test]
    public void Copies_take_the_vectors_of_their_original()
    {
        using var temp = new TempLibrary();
        string original = temp.Tone("a.wav", 5, seconds: 2.6);
        temp.Index();
        int encoded = temp.Encoder.Windows;
        File.Copy(original, temp.Sound("b.wav"));
        IndexReport report = temp.Index();
        float[] a = new float[temp.Encoder.Dimensions], b = new float[temp.Encoder.Dimensions];
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(report.Indexed, Is.EqualTo(1));
            Assert.That(temp.Encoder.Windows, Is.EqualTo(encoded));
            Assert.That(library.TryGetEmbedding(original, a) && library.TryGetEmbedding(temp.Sound("b.wav"), b), Is.True);
            Assert.That(b, Is.EqualTo(a));
            Assert.That(library.Verify().Problems, Is.Empty);
        });
    }

    [Test]
    public void Swapped_files_each_get_their_own_vectors()
    {
        using var temp = new TempLibrary();
        string a = temp.Tone("a.wav", 3), b = temp.Tone("b.wav", 12);
        temp.Index();
        File.Move(a, temp.Sound("c.tmp"));
        File.Move(b, a);
        File.Move(temp.Sound("c.tmp"), b);
        File.SetLastWriteTimeUtc(a, DateTime.UtcNow.AddMinutes(1));
        File.SetLastWriteTimeUtc(b, DateTime.UtcNow.AddMinutes(2));
        temp.Index();
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(library.Search(new SearchRequest { Text = "bell", VectorOnly = true }).Hits[0].Path, Is.EqualTo(a));
            Assert.That(library.Search(new SearchRequest { Text = "dog", VectorOnly = true }).Hits[0].Path, Is.EqualTo(b));
            Assert.That(temp.Found(), Is.EqualTo(new[] { "a.wav", "b.wav" }));
        });
    }

    [Test]
    public void Deleted_files_are_removed()
    {
        using var temp = new TempLibrary();
        File.Delete(Kept(temp));
        IndexReport report = temp.Index();
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(report, Has.Property("Removed").EqualTo(1).And.Property("Files").EqualTo(1));
            Assert.That(temp.Found(), Is.EqualTo(new[] { "b.wav" }));
            Assert.That(library.Search(new SearchRequest { Text = "barking", WordsOnly = true }).Hits, Is.Empty);
            Assert.That(library.Verify(), Has.Property("Ok").True.And.Property("Segments").EqualTo(1));
        });

        static string Kept(TempLibrary temp)
        {
            string path = temp.Tone("bark.wav", 1);
            temp.Tone("b.wav", 2);
            temp.Index();
            return path;
        }
    }

    [Test]
    public void Missing_folder_is_an_error_and_removes_nothing()
    {
        using var temp = new TempLibrary();
        temp.Tone("a.wav", 1);
        temp.Index();
        Directory.Move(temp.Sounds, temp.Sounds + "-away");
        Assert.That(() => temp.Index(), Throws.TypeOf<LibraryException>().With.Message.Contains("no such folder").And.Message.Contains(temp.Sounds));
        Directory.Move(temp.Sounds + "-away", temp.Sounds);
        Assert.That(temp.Index().Unchanged, Is.EqualTo(1));
    }

    [Test]
    public void Files_that_cannot_be_read_are_reported_and_the_rest_is_indexed()
    {
        using var temp = new TempLibrary();
        temp.Tone("good.wav", 1);
        File.WriteAllBytes(temp.Sound("empty.wav"), []);
        File.WriteAllText(temp.Sound("text.flac"), "not a sound at all, only words in a file with the wrong name");
        string silent = temp.Tone("none.wav", 1, seconds: 0);
        IndexReport report = temp.Index();
        IndexReport again = temp.Index();
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(report.Indexed, Is.EqualTo(1));
            Assert.That(report.Failed.Select(f => Path.GetFileName(f.Path)), Is.EqualTo(new[] { "empty.wav", "none.wav", "text.flac" }));
            Assert.That(report.Failed.Select(f => f.Reason), Has.All.Not.Empty.And.All.Not.Contains(temp.Sounds));
            Assert.That(report.Failed[0].Reason, Is.EqualTo("the file is empty"));
            Assert.That(again.Failed.Select(f => f.Path), Is.EqualTo(report.Failed.Select(f => f.Path)));
            Assert.That(again.Unchanged, Is.EqualTo(1));
            Assert.That(library.Info().Failed.Select(f => f.Path), Is.EqualTo(report.Failed.Select(f => f.Path)));
            Assert.That(library.Verify().Problems, Is.Empty);
        });
        temp.Tone("empty.wav", 2);
        File.Delete(silent);
        IndexReport mended = temp.Index();
        Assert.That(mended, Has.Property("Indexed").EqualTo(1).And.Property("Removed").EqualTo(1));
        Assert.That(temp.Found(), Is.EqualTo(new[] { "empty.wav", "good.wav" }));
    }

    [Test]
    public void Hidden_files_other_endings_links_and_the_library_are_left_out()
    {
        using var temp = new TempLibrary();
        temp.Tone("in/a.wav", 1);
        temp.Tone(".hidden/b.wav", 2);
        temp.Tone(".c.wav", 3);
        Tones.Write(Path.Combine(temp.Base, "outside", "d.wav"), 4);
        File.WriteAllText(temp.Sound("notes.txt"), "no sound");
        Directory.CreateSymbolicLink(temp.Sound("link"), Path.Combine(temp.Base, "outside"));
        File.CreateSymbolicLink(temp.Sound("e.wav"), Path.Combine(temp.Base, "outside", "d.wav"));
        Directory.CreateSymbolicLink(temp.Sound("loop"), temp.Sounds);
        IndexOptions options = temp.Options with { LibraryDirectory = temp.Sound("lib") };
        LibraryIndexer.Run(options);
        Tones.Write(temp.Sound("lib/f.wav"), 5);
        IndexReport report = LibraryIndexer.Run(options);
        using SoundLibrary library = SoundLibrary.Open(options.LibraryDirectory);
        Assert.Multiple(() =>
        {
            Assert.That(report.Files, Is.EqualTo(1));
            Assert.That(library.Info().Files, Is.EqualTo(1));
            Assert.That(library.Search(new SearchRequest { Text = "a", WordsOnly = true }).Hits.Single().Path, Is.EqualTo(temp.Sound("in/a.wav")));
        });
    }

    [Test]
    public void Library_inside_its_folder_may_be_moved_with_it()
    {
        using var temp = new TempLibrary();
        temp.Tone("a.wav", 1);
        LibraryIndexer.Run(temp.Options with { LibraryDirectory = temp.Sound(".soundsearch") });
        string elsewhere = Path.Combine(temp.Base, "Elsewhere");
        Directory.Move(temp.Sounds, elsewhere);
        using SoundLibrary library = SoundLibrary.Open(Path.Combine(elsewhere, ".soundsearch"));
        Assert.That(library.Search(new SearchRequest { Text = "a", WordsOnly = true }).Hits.Single().Path, Is.EqualTo(Path.Combine(elsewhere, "a.wav")));
    }

    [Test]
    public void Several_folders_and_folders_inside_others_make_one_library()
    {
        using var temp = new TempLibrary();
        temp.Tone("One/Deep/a.wav", 1);
        temp.Tone("One/b.wav", 2);
        temp.Tone("Two/c.wav", 3);
        IndexOptions options = temp.Options;
        LibraryIndexer.Run(options with { Folders = [temp.Sound("One/Deep"), temp.Sound("Two")] });
        Assert.That(temp.Found(), Is.EqualTo(new[] { "One/Deep/a.wav", "Two/c.wav" }));
        // The outer folder takes the inner one over; nothing is encoded twice.
        int encoded = temp.Encoder.Windows;
        IndexReport report = LibraryIndexer.Run(options with { Folders = [temp.Sound("One"), temp.Sound("One/Deep")] });
        using SoundLibrary library = temp.Open();
        Assert.Multiple(() =>
        {
            Assert.That(report, Has.Property("Files").EqualTo(2).And.Property("Indexed").EqualTo(1).And.Property("Unchanged").EqualTo(1));
            Assert.That(temp.Encoder.Windows, Is.EqualTo(encoded + 1));
            Assert.That(library.Info().Folders, Is.EquivalentTo(new[] { temp.Sound("One"), temp.Sound("Two") }));
            Assert.That(temp.Found(), Is.EqualTo(new[] { "One/Deep/a.wav", "One/b.wav", "Two/c.wav" }));
        });
        // A part of a root is scanned alone: what is missing elsewhere stays.
        File.Delete(temp.Sound("One/b.wav"));
        Assert.That(LibraryIndexer.Run(options with { Folders = [temp.Sound("One/Deep")] }).Removed, Is.Zero);
        Assert.That(LibraryIndexer.Run(options with { Folders = [temp.Sound("One")] }).Removed, Is.EqualTo(1));
    }

    [Test]
    public void Unicode_names_are_found_by_their_words()
    {
        using var temp = new TempLibrary();
        string[] names = ["Türglocke läutet.wav", "犬の声.wav", "Собака_лает.wav", "🐕Bark!.wav", "a'b\"c;--.wav"];
        for (int i = 0; i < names.Length; i++)
        {
            temp.Tone(names[i], i, seed: i);
        }
        Assert.That(temp.Index().Indexed, Is.EqualTo(names.Length));
        using SoundLibrary library = temp.Open();
        string[] questions = ["turglocke", "犬の声", "собака", "barks", "b c"];
        for (int i = 0; i < names.Length; i++)
        {
            Assert.That(Path.GetFileName(library.Search(new SearchRequest { Text = questions[i], WordsOnly = true }).Hits[0].Path), Is.EqualTo(names[i]));
        }
    }

    [Test]
    public void Other_model_is_refused_with_a_remedy()
    {
        using var temp = new TempLibrary();
        temp.Tone("a.wav", 1);
        temp.Index();
        IndexOptions other = temp.Options with { Model = new IndexModel(new BandEncoder(), "other", "bands-2") };
        Assert.Multiple(() =>
        {
            Assert.That(() => LibraryIndexer.Run(other), Throws.TypeOf<LibraryException>().With.Message.Contains("--model bands"));
            Assert.That(() => SoundLibrary.Open(temp.Library, null, "bands-2"), Throws.TypeOf<LibraryException>().With.Message.Contains("--model bands"));
            Assert.That(() => LibraryIndexer.Run(temp.Options with { Model = new IndexModel(new BandEncoder(), "bands", BandEncoder.Fingerprint, new WindowRule(0.5)) }),
                Throws.TypeOf<LibraryException>().With.Message.Contains("window rule"));
            Assert.That(temp.Index().Unchanged, Is.EqualTo(1));
        });
    }

    [Test]
    public void Two_indexers_do_not_write_the_same_library()
    {
        using var temp = new TempLibrary { Encoder = new SlowEncoder(TimeSpan.FromMilliseconds(50)) };
        for (int i = 0; i < 8; i++)
        {
            temp.Tone($"{i}.wav", i);
        }
        Task<IndexReport> first = Task.Run(temp.Index);
        SpinWait.SpinUntil(() => temp.Encoder.Windows > 0 || first.IsCompleted, TimeSpan.FromSeconds(30));
        Assert.That(() => temp.Index(), Throws.TypeOf<LibraryException>().With.Message.Contains("another indexer"));
        Assert.That(first.Result.Indexed, Is.EqualTo(8));
    }

    [Test]
    public void Same_sounds_give_the_same_vectors_whatever_the_threads_and_batches()
    {
        using var temp = new TempLibrary();
        for (int i = 0; i < 12; i++)
        {
            temp.Tone($"{i}.wav", i, seconds: 0.3 + (0.41 * i), seed: i, rate: i % 2 == 0 ? 8000 : 11025, channels: 1 + (i % 3));
        }
        string other = Path.Combine(temp.Base, "other");
        LibraryIndexer.Run(temp.Options with { Threads = 1, BatchWindows = 1 });
        LibraryIndexer.Run(temp.Options with { LibraryDirectory = other, Threads = 3, BatchWindows = 7 });
        using SoundLibrary a = temp.Open(), b = SoundLibrary.Open(other, new BandTextEncoder());
        var request = new SearchRequest { Text = "bell", VectorOnly = true, K = 100 };
        Assert.That(b.Search(request).Hits.Select(h => (h.Path, h.Cosine, h.Start, h.End)), Is.EqualTo(a.Search(request).Hits.Select(h => (h.Path, h.Cosine, h.Start, h.End))));
    }

    [Test]
    public void Model_that_gives_no_number_is_a_failure_of_the_file()
    {
        using var temp = new TempLibrary { Encoder = new NanEncoder() };
        temp.Tone("long.wav", 1, seconds: 9);
        temp.Tone("z.wav", 1);
        IndexReport report = temp.Index();
        Assert.That(report, Has.Property("Indexed").EqualTo(0));
        Assert.That(report.Failed.Select(f => f.Reason), Has.Exactly(2).Items.And.All.Contains("length NaN"));
    }

    [Test]
    public void Model_that_throws_ends_the_run_and_keeps_what_is_done()
    {
        using var temp = new TempLibrary { Encoder = new BreakingEncoder(after: 6) };
        for (int i = 0; i < 20; i++)
        {
            temp.Tone($"{i:00}.wav", i % 16, seed: i);
        }
        Assert.That(() => LibraryIndexer.Run(temp.Options with { Threads = 1, BatchWindows = 2 }), Throws.TypeOf<EncoderException>());
        Assert.That(temp.Found(), Has.Length.EqualTo(6));
        using var fine = new TempLibrary();
        IndexReport rest = LibraryIndexer.Run(temp.Options with { Model = fine.Options.Model });
        Assert.That(rest, Has.Property("Indexed").EqualTo(14).And.Property("Unchanged").EqualTo(6));
    }

    [Test]
    public void Progress_ends_with_everything_done()
    {
        using var temp = new TempLibrary();
        for (int i = 0; i < 5; i++)
        {
            temp.Tone($"{i}.wav", i);
        }
        var seen = new Collector();
        LibraryIndexer.Run(temp.Options, seen);
        IndexProgress last = seen.Values[^1];
        Assert.That(last, Has.Property("Found").EqualTo(5).And.Property("ScanComplete").True.And.Property("Done").EqualTo(5).And.Property("ToDo").EqualTo(5)
            .And.Property("BytesDone").EqualTo(last.BytesToDo).And.Property("AudioSeconds").EqualTo(2.5).Within(1e-6));
    }

    private static byte[] Dump(TempLibrary temp) => File.ReadAllBytes(Path.Combine(temp.Library, "library.db"));

    private sealed class Collector : IProgress<IndexProgress>
    {
        public List<IndexProgress> Values { get; } = [];

        public void Report(IndexProgress value) => Values.Add(value);
    }

    private sealed class NanEncoder : BandEncoder
    {
        public override void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings) => embeddings.Fill(float.NaN);
    }

    private sealed class BreakingEncoder(int after) : BandEncoder
    {
        public override void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
        {
            if (Windows >= after)
            {
                throw new InvalidOperationException("out of order");
            }
            base.Encode(windows, embeddings);
        }
    }
}
