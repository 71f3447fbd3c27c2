using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pocket;

namespace SoundSearch.Tests.Training.Captioning;

public class CaptionWorldTests
{
    private const int Count = 120;

    private TestFolder folder = null!;
    private MelStore store = null!;
    private IReadOnlySet<string> words = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        words = CaptionSource.Words(["red dog", "blue dog"]);
        List<SoundSource> sources = [];
        for (int i = 0; i < Count; i++)
        {
            SoundSource s = folder.Sound($"s{i}", TestSounds.Noise(4000, i));
            string fold = i % 10 == 0 && i > 0 ? $"{i / 10 % 3 + 1}" : "";
            sources.Add(s with { Info = s.Info with { Title = i % 2 == 0 ? "red_dog.wav" : i == 11 ? "xq17/Blue dog3" : "xq17", Fold = fold, Group = $"g{i % (Count - 2)}" } });
        }
        new MelStoreBuilder(folder.Store).Build(sources);
        store = MelStore.Open(folder.Store);
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Test]
    public void Every_sound_has_one_role_and_shares_are_about_as_asked()
    {
        var world = CaptionWorld.OfNames(store, words, new CaptionSplit());
        int[][] roles = [.. Enum.GetValues<SoundRole>().Select(r => world.Sounds(r))];
        Assert.Multiple(() =>
        {
            Assert.That(roles.SelectMany(r => r).Order(), Is.EqualTo(Enumerable.Range(0, Count)));
            Assert.That(roles[(int)SoundRole.Named], Has.Length.InRange(35, 75)); // 50 % of 109
            Assert.That(roles[(int)SoundRole.HeldOut], Has.Length.InRange(3, 25));
            Assert.That(roles[(int)SoundRole.Test].Select(i => store.Entries[i].Info.Fold), Has.All.EqualTo("1"));
            Assert.That(Enumerable.Range(0, Count).Where(i => store.Entries[i].Info.Fold is "2" or "3"), Is.SubsetOf(roles[(int)SoundRole.Unlabelled]), "sets with folds have no names");
        });
    }

    [Test]
    public void Takes_of_one_recording_have_one_role()
    {
        for (ulong seed = 1; seed < 20; seed++)
        {
            var world = CaptionWorld.OfNames(store, words, new CaptionSplit { Seed = seed });
            SoundRole RoleOf(int sound) => Enum.GetValues<SoundRole>().Single(r => world.Sounds(r).Contains(sound));
            Assert.That(RoleOf(1), Is.EqualTo(RoleOf(Count - 1)));
        }
    }

    [Test]
    public void Another_seed_is_another_split_and_the_same_is_the_same()
    {
        int[] one = CaptionWorld.OfNames(store, words, new CaptionSplit()).Sounds(SoundRole.Named), again = CaptionWorld.OfNames(store, words, new CaptionSplit()).Sounds(SoundRole.Named);
        Assert.That(again, Is.EqualTo(one));
        Assert.That(CaptionWorld.OfNames(store, words, new CaptionSplit { Seed = 2 }).Sounds(SoundRole.Named), Is.Not.EqualTo(one));
    }

    [Test]
    public void Sounds_are_called_what_is_words_and_found_by_their_paths()
    {
        var world = CaptionWorld.OfNames(store, words, new CaptionSplit());
        Assert.Multiple(() =>
        {
            Assert.That(world.Texts[0], Is.EqualTo(new[] { "red dog" }));
            Assert.That(world.Texts[1], Is.Empty);
            Assert.That(world.Texts[11], Is.EqualTo(new[] { "blue dog" }), "the file's own name, where the folders' are no words");
            Assert.That(world.Sounds(SoundRole.Named, called: true), Has.All.Matches<int>(i => i % 2 == 0 || i == 11));
            Assert.That(world.Find("s5"), Is.EqualTo(5));
            Assert.That(world.Find("s999"), Is.EqualTo(-1));
        });
    }

    [TestCase(0, 0.1, 0.4)]
    [TestCase(0.1, 0.1, 0.8)]
    [TestCase(0.1, double.NaN, 0.4)]
    public void Shares_that_leave_nothing_are_refused(double heldOut, double validation, double named) =>
        Assert.That(
            () => CaptionWorld.OfNames(store, words, new CaptionSplit { HeldOutShare = heldOut, ValidationShare = validation, NamedShare = named }), Throws.ArgumentException.With.Message.Contains("shares"));

    [Test]
    public void Pairs_show_windows_of_their_sounds_and_all_texts_with_prompt_and_without()
    {
        var options = new CaptionPairsOptions { Split = new CaptionSplit() };
        var pairs = new CaptionPairs(store, [(3, ["red dog", "blue dog"]), (5, ["red dog"])], options, new Pictures.TestPictures.WordEncoder(8), 1);
        float[] a = new float[32 * 128], b = new float[32 * 128];
        pairs.Fill(0, 7, a);
        pairs.Fill(0, 7, b);
        Assert.Multiple(() =>
        {
            Assert.That(pairs.Count, Is.EqualTo(2));
            Assert.That(pairs.Captions(0).Length, Is.EqualTo(4 * 8));
            Assert.That(pairs.Captions(1).ToArray(), Is.EqualTo(pairs.Captions(0)[..16].ToArray()));
            Assert.That(pairs.FrameCount, Is.Zero);
            Assert.That(b, Is.EqualTo(a));
        });
        pairs.Fill(0, 8, b);
        Assert.That(b, Is.Not.EqualTo(a));
    }

    [Test]
    public void Tags_are_those_above_the_threshold_the_strongest_first()
    {
        var heard = new HeardSounds(new float[2 * 2], [0.2f, 0.9f, 0.05f, 0, 0, 0], ["rain", "dog", "car"], 1, 2);
        Assert.Multiple(() =>
        {
            Assert.That(heard.Count, Is.EqualTo(2));
            Assert.That(heard.Tags(0, 0.1, 4), Is.EqualTo(new[] { "dog", "rain" }));
            Assert.That(heard.Tags(0, 0.1, 1), Is.EqualTo(new[] { "dog" }));
            Assert.That(heard.Tags(1, 0.1, 4), Is.Empty);
            Assert.That(() => new HeardSounds(new float[3], new float[6], ["rain", "dog", "car"], 1, 2), Throws.ArgumentException);
        });
    }

    [Test]
    public void Tokens_are_pooled_in_equal_stretches()
    {
        float[] x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], pooled = new float[4];
        SoundListener.Pool(x, pooled, 2, 2, 0.5f); // rows 1 2 | 3 4 || 5 6 | 7 8 | 9 10
        Assert.That(pooled, Is.EqualTo(new[] { 1f, 1.5f, 3.5f, 4f }).Within(1e-6));
    }

    [Test]
    public void Names_find_the_sentences_that_mean_the_same_and_a_corrected_list_is_used()
    {
        string list = Path.Combine(folder.Path, Sentences.FileName);
        var world = CaptionWorld.OfNames(store, words, new CaptionSplit());
        string[] captions = ["car horn", "red dog", "loud red dog"];
        ILookup<string, string> found = Sentences.OpenOrFind(list, world, captions, new Pictures.TestPictures.WordEncoder(32), null);
        Assert.Multiple(() =>
        {
            Assert.That(found["s0"], Is.EqualTo(new[] { "red dog", "loud red dog" }));
            Assert.That(found["s1"], Is.Empty, "it is not called anything");
        });
        File.WriteAllText(list, "path,caption\ns0,somebody's own words\n");
        Assert.That(Sentences.OpenOrFind(list, world, captions, new Pictures.TestPictures.WordEncoder(32), null)["s0"], Is.EqualTo(new[] { "somebody's own words" }));
        File.WriteAllText(list, "path,caption\nnowhere,a dog\n");
        Assert.That(() => Sentences.OpenOrFind(list, world, captions, new Pictures.TestPictures.WordEncoder(32), null), Throws.TypeOf<FileFormatException>().With.Message.Contains("nowhere"));
    }

    [TestCase("Two dogs are barking", "bark|dog")]
    [TestCase("A man speaks while running water splashes", "male speech, man speaking|water")]
    [TestCase("A woman is speaking", "")]
    [TestCase("", "")]
    public void Tags_are_found_in_captions_whatever_the_endings(string caption, string found) =>
        Assert.That(new TagMatcher(["dog", "bark", "water", "male speech, man speaking", "running"]).Find(caption).Where(t => t != "running"), Is.EqualTo(found.Split('|', StringSplitOptions.RemoveEmptyEntries)));

    [TestCase("barking", "bark")]
    [TestCase("running", "run")]
    [TestCase("scrapes", "scrap")]
    [TestCase("scraping", "scrap")]
    [TestCase("glass", "glas")]
    [TestCase("ring", "ring")]
    [TestCase("bus", "bus")]
    public void Stems(string word, string stem) => Assert.That(TagMatcher.Stem(word), Is.EqualTo(stem));
}
