using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Data;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Recipes;
using SoundSearch.Training.Videos;

namespace SoundSearch.Tests.Training.Curation;

public sealed class CuratorTests
{
    private const int Width = 32;
    private static readonly string[] things = ["dog", "cat", "rain", "bell"], verbs = ["barks", "sleeps", "falls", "rings", "hums"];
    private static readonly string[] captions = [.. things.SelectMany(t => verbs.Select(v => $"{t} {v}"))];
    private static readonly TestPictures.WordEncoder text = new(Width);

    private TestFolder folder = null!;
    private PictureStore store = null!;
    private MelStore mels = null!;
    private VideoWorld world = null!;
    private AudioTower pivot = null!, listener = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        store = TestPictures.Store(folder.Path, [.. things.SelectMany(t => Enumerable.Range(0, 3).Select(n => TestPictures.Info($"set{n}/{t}", t)))]);
        new MelStoreBuilder(folder.Store).Build([.. Enumerable.Range(0, 24).Select(i => folder.Sound($"sound{i}", TestSounds.Noise(2000, i), i % 3 == 0 ? things[i % 4] : ""))]);
        mels = MelStore.Open(folder.Store);
        var sounds = new SoundMixture([mels]);
        world = new VideoWorld(
            sounds, [.. Enumerable.Range(0, 24).Select(i => things[i % 4])], store, [.. things.Select(t => new Match("", t, "", t, 1, true))], new VideoOptions { HeldOutShare = 0.3 });
        pivot = RecipeRun.Random(TestPictures.Shape(Width), 3);
        listener = RecipeRun.Random(new AudioTowerShape { Frames = 32, Bins = 128, PatchHeight = 16, PatchWidth = 16, StrideHeight = 16, StrideWidth = 16, Width = 64, Heads = 1, Layers = 1, Embedding = Width }, 5);
        File.WriteAllLines(Path.Combine(folder.Path, "captions_train.csv"), captions.Prepend("caption"));
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        mels?.Dispose();
        store?.Dispose();
        folder.Dispose();
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(100)]
    public void Mining_finds_what_comparing_all_captions_with_all_frames_finds(int perClip)
    {
        IReadOnlyList<CaptionLine> mined = Propose(Mined(perClip));
        float[] vectors = new float[captions.Length * Width];
        text.Encode([.. captions.Select(c => $"a photo of {c}")], vectors);
        List<CaptionLine> expected = [];
        foreach (Video video in world.Train)
        {
            float[] frames = PictureVectors.Of(pivot, store, video.Pictures);
            double Cosine(int f, int c) => TensorPrimitives.Dot(frames.AsSpan(f * Width, Width), vectors.AsSpan(c * Width, Width));
            int[][] ranked = [.. Enumerable.Range(0, video.Pictures.Length).Select(f => Enumerable.Range(0, captions.Length).OrderByDescending(c => Cosine(f, c)).ToArray())];
            expected.AddRange(Enumerable.Range(0, captions.Length).SelectMany(rank => ranked.Select((r, f) => (r[rank], f))).DistinctBy(n => n.Item1).Take(perClip)
                .Select(n => new CaptionLine(PathOf(video), captions[n.Item1], Cosine(n.f, n.Item1))));
        }
        Assert.Multiple(() =>
        {
            Assert.That(mined.Select(l => (l.Path, l.Caption)), Is.EqualTo(expected.Select(l => (l.Path, l.Caption))));
            Assert.That(mined.Select(l => l.Cosine!.Value), Is.EqualTo(expected.Select(l => l.Cosine!.Value)).Within(0.002), "half precision, three digits");
        });
    }

    [Test]
    public void One_frame_alone_looks_for_captions_if_the_recipe_says_so()
    {
        CaptionLine[] nearest = [.. Propose(Mined(1) with { Frames = FrameRule.Nearest })], random = [.. Propose(Mined(1) with { Frames = FrameRule.Random })];
        float[] sounds = SoundVectors.Of(listener, world.Sounds, [.. world.Train.Select(v => v.Sound)]);
        var miner = new CaptionMiner(captions, "a photo of ", text);
        Assert.That(nearest.Select(l => l.Caption), Is.EqualTo(world.Train.Select((video, v) =>
        {
            float[] frames = PictureVectors.Of(pivot, store, video.Pictures);
            return miner.Nearest(frames.AsSpan(FrameChoice.Nearest(sounds.AsSpan(v * Width, Width), frames) * Width, Width), 1)[0].Caption;
        })));
        Assert.That(random.Select(l => l.Caption), Is.Not.EqualTo(nearest.Select(l => l.Caption)));
        Assert.That(random, Is.EqualTo(Propose(Mined(1) with { Frames = FrameRule.Random })));
    }

    [Test]
    public void The_prompt_takes_part_in_the_search() =>
        Assert.That(Propose(Mined(1)).Select(l => l.Cosine), Is.Not.EqualTo(Propose(Mined(1) with { Prompt = "" }).Select(l => l.Cosine)));

    [Test]
    public void Captions_at_random_depend_on_the_seed_alone_and_know_nothing_of_the_sound()
    {
        CaptionOptions random = new() { Kind = CaptionKind.Random, Source = "captions_train.csv", PerClip = 3 };
        IReadOnlyList<CaptionLine> lines = Propose(random);
        Assert.Multiple(() =>
        {
            Assert.That(lines.GroupBy(l => l.Path).Select(g => g.Count()), Is.All.EqualTo(3));
            Assert.That(lines.Select(l => l.Caption).Distinct(), Is.SubsetOf(captions));
            Assert.That(Propose(random), Is.EqualTo(lines));
            Assert.That(Propose(random with { Seed = 2 }), Is.Not.EqualTo(lines));
            Assert.That(lines.Select(l => l.Caption).Distinct().Count(), Is.GreaterThan(10));
        });
    }

    [Test]
    public void Labels_leave_sounds_without_one_out_and_gold_texts_are_all_that_a_sound_has()
    {
        IReadOnlyList<CaptionLine> labels = Propose(new CaptionOptions { Kind = CaptionKind.Labels }), gold = Propose(new CaptionOptions { Kind = CaptionKind.Gold });
        Video[] labelled = [.. world.Train.Where(v => v.Sound % 3 == 0)];
        Assert.Multiple(() =>
        {
            Assert.That(labels, Is.EqualTo(labelled.Select(v => new CaptionLine(PathOf(v), things[v.Sound % 4]))).And.Not.Empty);
            Assert.That(gold, Is.EqualTo(world.Train.SelectMany(v => new[] { new CaptionLine(PathOf(v), $"gold {v.Sound}"), new CaptionLine(PathOf(v), "another") })));
        });
    }

    [Test]
    public void Without_a_file_the_names_of_pictures_are_the_captions()
    {
        Assert.That(Propose(Mined(4) with { Source = "" }).Select(l => l.Caption).Distinct(), Is.EquivalentTo(things));
        Assert.That(Propose(new CaptionOptions { Kind = CaptionKind.Random }).Select(l => l.Caption).Distinct(), Is.EquivalentTo(things));
    }

    [Test]
    public void No_caption_is_looked_for_in_a_file_for_evaluation()
    {
        File.WriteAllText(Path.Combine(folder.Path, "captions_test.csv"), "caption\ndog barks\n");
        Assert.That(() => Propose(Mined(1) with { Source = "captions_test.csv" }), Throws.ArgumentException.With.Message.Contains("evaluation only"));
        Assert.That(() => Propose(Mined(1) with { Source = "nowhere.csv" }), Throws.InstanceOf<IOException>().With.Message.Contains("nowhere.csv"));
        Assert.That(() => Propose(new CaptionOptions { Kind = CaptionKind.Listed, List = "x.csv" }), Throws.ArgumentException);
    }

    [Test]
    public void Pairs_with_texts_alone_may_be_of_any_sound_that_is_not_held_out()
    {
        var all = Enumerable.Range(0, 24).ToDictionary(s => s, s => new[] { things[s % 4], $"{things[s % 4]} hums" });
        var options = new VideoOptions();
        var alone = new VideoPairs(world, options, null, text, 1, all);
        var seen = new VideoPairs(world, options, PictureVectors.Of(pivot, store, [.. Enumerable.Range(0, store.Entries.Count)]), text, 1, all.Where(t => t.Key % 2 == 0).ToDictionary());
        float[] vectors = new float[4 * Width];
        text.Encode(["dog", "the sound of dog", "dog hums", "the sound of dog hums"], vectors);
        int dog = Array.FindIndex([.. Enumerable.Range(0, 24).Where(s => !world.IsHeldOut(s))], s => s % 4 == 0);
        Assert.Multiple(() =>
        {
            Assert.That(alone.Count, Is.EqualTo(Enumerable.Range(0, 24).Count(s => !world.IsHeldOut(s))));
            Assert.That((alone.FrameCount, alone.Frames(0).Length, alone.Videos.Count), Is.EqualTo((0, 0, 0)));
            Assert.That(alone.Captions(dog).ToArray(), Is.EqualTo(vectors));
            Assert.That(seen.Videos.Select(v => world.Train[v].Sound), Is.EqualTo(world.Train.Select(v => v.Sound).Where(s => s % 2 == 0)));
            Assert.That(seen.Frames(1).ToArray(), Is.EqualTo(PictureVectors.Of(pivot, store, world.Train[seen.Videos[1]].Pictures)).Within(1e-6f));
            Assert.That(seen.Captions(1).Length, Is.EqualTo(4 * Width));
        });
    }

    private IReadOnlyList<CaptionLine> Propose(CaptionOptions options) => Curator.Propose(
        options,
        [.. world.Train.Select(v => new CuratedSound(PathOf(v), [$"gold {v.Sound}", "another"], world.Sounds.Entry(v.Sound).Info.Label is { Length: > 0 } label ? [label] : [], v.Pictures))],
        () => options.Source.Length > 0 ? CaptionFile.Read(Path.Combine(folder.Path, options.Source)) : things,
        PictureVectors.Of(pivot, store, [.. Enumerable.Range(0, store.Entries.Count)]),
        () => SoundVectors.Of(listener, world.Sounds, [.. world.Train.Select(v => v.Sound)]),
        text,
        CancellationToken.None);

    private static CaptionOptions Mined(int perClip) => new() { Kind = CaptionKind.Mined, Source = "captions_train.csv", Prompt = "a photo of ", PerClip = perClip };

    private string PathOf(Video video) => world.Sounds.Entry(video.Sound).Info.Path;
}
