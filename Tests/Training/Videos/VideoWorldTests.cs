using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Recipes;
using SoundSearch.Training.Videos;

namespace SoundSearch.Tests.Training.Videos;

public sealed class VideoWorldTests
{
    private const int Width = 32;
    private static readonly string[] things = ["dog", "cat", "rain", "bell"];
    private static readonly VideoOptions options = new() { HeldOutShare = 0.3, MinCosine = 0.9, MostAgreeing = 2, MaskBins = 32, MaskFrames = 0.2 };

    private TestFolder folder = null!;
    private PictureStore store = null!;
    private MelStore mels = null!;
    private SoundMixture sounds = null!;
    private string?[] texts = [];

    [SetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        store = TestPictures.Store(folder.Path, [.. things.SelectMany(t => Enumerable.Range(0, 3).Select(n => TestPictures.Info($"set{n}/{t}", t))), TestPictures.Info("set0/lamp", "lamp")]);
        new MelStoreBuilder(folder.Store).Build([.. Enumerable.Range(0, 24).Select(i => folder.Sound($"sound{i}", TestSounds.Noise(2000 + i, i), things[i % 4])), folder.Sound("unknown", TestSounds.Noise(2500, 99))]);
        mels = MelStore.Open(folder.Store);
        sounds = new SoundMixture([mels]);
        texts = [.. Enumerable.Range(0, sounds.Count).Select(s => sounds.Entry(s).Info.Label is { Length: > 0 } label ? $"a {label}" : null)];
    }

    [TearDown]
    public void TearDown()
    {
        mels?.Dispose();
        store?.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Things_are_matched_with_pictures_of_their_name_and_the_list_survives_its_file()
    {
        IReadOnlyList<Match> proposed = Propose();
        string path = Path.Combine(folder.Path, "matches.csv");
        MatchList.Write(path, [.. proposed, new Match("odd, \"sound\"", "a, b", "p", "dog", 0.5, false)]);
        Assert.Multiple(() =>
        {
            Assert.That(proposed.Where(m => m.Use).Select(m => (m.Text, m.Words)), Is.EqualTo(things.Order().Select(t => ($"a {t}", t))));
            Assert.That(proposed.All(m => m.Use || m.Cosine >= 0.8));
            Assert.That(MatchList.Read(path), Is.EqualTo(proposed.Append(new Match("odd, \"sound\"", "a, b", "p", "dog", 0.5, false))));
        });
    }

    [TestCase("sound,text,picture,words,cosine\n", "'use'")]
    [TestCase("sound,text,picture,words,cosine,use\ns,t,p,dog,0.9,yes\ns,t,p,dog,0.9,perhaps\n", "line 3")]
    [TestCase("sound,text,picture,words,cosine,use\ns,t,p,dog,high,yes\n", "line 2")]
    public void A_list_that_was_corrected_badly_is_refused(string text, string reason)
    {
        string path = Path.Combine(folder.Path, "matches.csv");
        File.WriteAllText(path, text);
        Assert.That(() => MatchList.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    [Test]
    public void Agreeing_frames_show_what_is_heard_and_the_others_do_not()
    {
        VideoWorld world = World();
        foreach ((IReadOnlyList<Video> videos, IReadOnlyList<bool[]> truth) in new[] { (world.Train, world.TrainTruth), (world.Test, world.TestTruth) })
        {
            for (int v = 0; v < videos.Count; v++)
            {
                bool[] shown = [.. videos[v].Pictures.Select(p => world.Shows(p, videos[v].Sound))];
                Assert.That(shown, Is.EqualTo(truth[v]));
                Assert.That(truth[v].Count(t => t), Is.InRange(1, 2));
            }
        }
        Assert.That(world.TrainTruth.Select(t => string.Join("", t)).Distinct().Count(), Is.GreaterThan(3), "at changing places");
    }

    [Test]
    public void Sounds_and_drawings_of_held_out_videos_are_in_no_training_video()
    {
        VideoWorld world = World();
        Assert.Multiple(() =>
        {
            Assert.That(world.Train.Select(v => v.Sound).Intersect(world.Test.Select(v => v.Sound)), Is.Empty);
            Assert.That(world.Train.SelectMany(v => v.Pictures).Intersect(world.TestPictures), Is.Empty);
            Assert.That(world.Test.SelectMany(v => v.Pictures).Distinct(), Is.SubsetOf(world.TestPictures));
            Assert.That(world.Train.Count + world.Test.Count, Is.EqualTo(24), "all sounds with a text");
        });
    }

    [Test]
    public void The_same_seed_makes_the_same_videos_and_another_seed_others()
    {
        int[] first = Frames(World()), again = Frames(World());
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Frames(new VideoWorld(sounds, texts, store, Propose(), options with { Seed = 2 })), Is.Not.EqualTo(first));

        static int[] Frames(VideoWorld world) => [.. world.Train.SelectMany(v => v.Pictures)];
    }

    [Test]
    public void A_line_with_no_counts_and_a_name_without_pictures_is_named()
    {
        IReadOnlyList<Match> proposed = Propose();
        var world = new VideoWorld(sounds, texts, store, [.. proposed.Select(m => m with { Use = m.Use && m.Text != "a dog" })], options);
        Assert.That(world.Train.Concat(world.Test).Select(v => texts[v.Sound]), Has.None.EqualTo("a dog"));
        Assert.That(
            () => new VideoWorld(sounds, texts, store, [.. proposed, new Match("s", "a dog", "p", "unicorn", 1, true)], options), Throws.ArgumentException.With.Message.Contains("unicorn"));
        Assert.That(() => new VideoWorld(sounds, texts, store, [], options), Throws.ArgumentException.With.Message.Contains("minCosine"));
    }

    [Test]
    public void Truth_goes_to_a_file_and_agreement_is_judged_by_it()
    {
        VideoWorld world = World();
        string path = Path.Combine(folder.Path, "truth.csv");
        world.WriteTruth(path);
        var table = CsvTable.Read(path);
        int[] right = [.. world.TrainTruth.Select(t => Array.IndexOf(t, true))], wrong = [.. world.TrainTruth.Select(t => Array.IndexOf(t, false))];
        Assert.Multiple(() =>
        {
            Assert.That(table.Count, Is.EqualTo(24 * 4));
            Assert.That(Enumerable.Range(0, table.Count).Count(i => table[i, "agrees"] == "yes"), Is.EqualTo(world.TrainTruth.Concat(world.TestTruth).Sum(t => t.Count(a => a))));
            Assert.That(VideoWorld.Agreement(right, world.TrainTruth), Is.EqualTo(1));
            Assert.That(VideoWorld.Agreement(wrong, world.TrainTruth), Is.Zero);
            Assert.That(VideoWorld.Agreement([.. right.Select((r, i) => i == 0 ? r : -1)], world.TrainTruth), Is.EqualTo(1));
            Assert.That(VideoWorld.Agreement([.. right.Select(_ => -1)], world.TrainTruth), Is.NaN);
            Assert.That(VideoWorld.Chance([[true, false, false, false], [true, true, false, false]]), Is.EqualTo(0.375));
        });
    }

    [Test]
    public void Frames_are_known_pictures_alone_and_things_without_one_are_in_no_video()
    {
        HashSet<int> known = [.. Enumerable.Range(0, store.Entries.Count).Where(p => store.Entries[p].Info.Group != "rain" && store.Entries[p].Info.Path != "set1/cat")];
        var world = new VideoWorld(sounds, texts, store, Propose(), options, known);
        Video[] videos = [.. world.Train, .. world.Test];
        Assert.Multiple(() =>
        {
            Assert.That(videos.SelectMany(v => v.Pictures).Distinct(), Is.SubsetOf(known));
            Assert.That(videos.Select(v => texts[v.Sound]).Distinct(), Is.EquivalentTo(new[] { "a dog", "a cat", "a bell" }));
        });
    }

    [Test]
    public void Pairs_are_masked_windows_with_the_frozen_vectors_of_frames_and_texts()
    {
        VideoWorld world = World();
        AudioTower pivot = RecipeRun.Random(TestPictures.Shape(Width), 3);
        var text = new TestPictures.WordEncoder(Width);
        var pairs = new VideoPairs(world, options, PictureVectors.Of(pivot, store, [.. Enumerable.Range(0, store.Entries.Count)]), text, 1, world.Train.ToDictionary(v => v.Sound, v => new[] { texts[v.Sound]! }));
        float[] words = new float[Width], first = new float[100 * 128], again = new float[100 * 128], other = new float[100 * 128];
        text.Encode([texts[world.Train[0].Sound]!], words);
        pairs.Fill(0, 1, first);
        pairs.Fill(0, 1, again);
        pairs.Fill(0, 2, other);
        Assert.Multiple(() =>
        {
            Assert.That(pairs.Count, Is.EqualTo(world.Train.Count));
            Assert.That(pairs.Frames(1).ToArray(), Is.EqualTo(PictureVectors.Of(pivot, store, world.Train[1].Pictures)).Within(1e-6f));
            Assert.That(pairs.Captions(0)[..Width].ToArray(), Is.EqualTo(words));
            Assert.That(again, Is.EqualTo(first));
            Assert.That(other, Is.Not.EqualTo(first));
        });
    }

    [Test]
    public void Masks_are_at_most_as_large_as_the_recipe_says_and_reach_it()
    {
        Half[] rows = [.. Enumerable.Repeat((Half)5, 100 * 128)]; // loud everywhere
        float[] features = new float[100 * 128];
        int widest = 0, longest = 0;
        for (ulong draw = 0; draw < 300; draw++)
        {
            SoundWindow.Augmented(rows, options.Masks, new SampleRandom(1, draw), features);
            int bins = Enumerable.Range(0, 128).Count(b => Enumerable.Range(0, 100).All(t => features[t * 128 + b] == 0));
            int frames = Enumerable.Range(0, 100).Count(t => Enumerable.Range(0, 128).All(b => features[t * 128 + b] == 0));
            (widest, longest) = (Math.Max(widest, bins), Math.Max(longest, frames));
        }
        Assert.That((widest, longest), Is.EqualTo((32, 20)));
    }

    private IReadOnlyList<Match> Propose() =>
        MatchList.Propose(Enumerable.Range(0, sounds.Count).Where(s => texts[s] is not null).Select(s => (sounds.Entry(s).Info.Path, texts[s]!)), store, new TestPictures.WordEncoder(Width), options);

    private VideoWorld World() => new(sounds, texts, store, Propose(), options);
}
