using SoundSearch.Tests.Training.Data;
using SoundSearch.Tests.Training.Pictures;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Pictures;

namespace SoundSearch.Tests.Training.Clips;

/// <summary>Videos of plain colours and tones: which stretch of sound and which frames become a clip.</summary>
public sealed class ClipDataTests
{
    private const int Side = 16;

    private static readonly string[] colours = ["red", "lime", "blue", "white"];

    private TestFolder folder = null!;

    [SetUp]
    public void SetUp() => folder = new TestFolder();

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void A_video_is_cut_into_clips_each_with_its_own_sound_and_its_own_frames_in_order()
    {
        // Two clips of two seconds and a rest; the first half second of each quarter has the colour of its number.
        TestVideos.Write(In("long.mkv"), [.. Enumerable.Range(0, 9).Select(i => (0.5, colours[i % 4], i < 4 ? 400.0 : 4000.0))]);
        TestVideos.Write(In("kept.mkv"), (1, "red", 400), (1, "blue", 400));
        TestVideos.Write(In("also kept.mkv"), (1, "red", 400));
        folder.Write("videos/kept.jsonl", "{\"clip\": \"kept.mkv\", \"labels\": [\"a\", \"b\"]}\n{\"clip\": \"also kept.mkv\"}");
        using ClipData data = Open(new ClipOptions { Seconds = 2, Validation = "kept.jsonl" });
        Assert.Multiple(() =>
        {
            Assert.That(data.Train.Select(c => (c.Name, c.FirstRow, c.Rows)), Is.EqualTo(new[] { ("long.mkv 0 s", 0, 200), ("long.mkv 2 s", 200, 200) }));
            Assert.That(data.Train.Select(c => Colours(data, c)), Is.All.EqualTo(colours));
            Assert.That(data.Train.Select(c => Loudest(data, c)), Is.EqualTo(new[] { Loudest(400), Loudest(4000) }).Within(1));
            Assert.That(data.Validation.Select(c => c.File.Labels), Is.EquivalentTo(new[] { new[] { "a", "b" }, [] }));
            Assert.That(data.Validation.Select(c => Colours(data, c)), Is.EquivalentTo(new[] { new[] { "red", "red", "blue", "blue" }, ["red", "red", "red", "red"] }));
        });
    }

    [Test]
    public void Frames_that_an_index_lists_are_spread_and_come_twice_where_there_are_few()
    {
        for (int i = 0; i < 8; i++)
        {
            TestVideos.Picture(In($"f{i}.png"), i % 2 == 0 ? "black" : colours[i / 2]);
        }
        folder.Sound("videos/a", TestSounds.Noise(20_000, 1));
        folder.Sound("videos/b", TestSounds.Noise(20_000, 2));
        folder.Sound("videos/c", TestSounds.Noise(20_000, 3));
        folder.Write("videos/train.jsonl", """
            {"clip": "a.wav", "frames": ["f0.png", "f1.png", "f2.png", "f3.png", "f4.png", "f5.png", "f6.png", "f7.png"]}
            {"clip": "b.wav", "frames": ["f7.png", "f3.png"]}
            """);
        folder.Write("videos/test.jsonl", "{\"clip\": \"c.wav\", \"frames\": [\"f1.png\"]}\n{\"clip\": \"b.wav\", \"frames\": [\"f1.png\"]}\n");
        using ClipData data = Open(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" });
        Assert.That(Colours(data, data.Train.Single()), Is.EqualTo(colours), "every second of eight");
        folder.Write("videos/test.jsonl", "{\"clip\": \"c.wav\", \"frames\": [\"f1.png\"]}\n{\"clip\": \"a.wav\", \"frames\": [\"f1.png\"]}\n");
        using ClipData few = Open(new ClipOptions { Index = "train.jsonl", Validation = "test.jsonl" });
        Assert.That(Colours(few, few.Train.Single()), Is.EqualTo(new[] { "white", "white", "lime", "lime" }));
        Assert.That(few.Validation.Select(c => Colours(few, c)[0]), Is.All.EqualTo("red"), "what is measured with is never trained on");
    }

    [Test]
    public void The_stores_are_built_once_and_again_when_the_folder_changes()
    {
        Six();
        var options = new ClipOptions { HeldOutShare = 0.5 };
        Open(options).Dispose();
        string[] built = [.. Directory.GetFiles(Stores).Order()];
        DateTime[] times = [.. built.Select(File.GetLastWriteTimeUtc)];
        Open(options).Dispose();
        Assert.That(built.Select(File.GetLastWriteTimeUtc), Is.EqualTo(times));
        TestVideos.Write(In("new.mkv"), (0.5, "blue", 500));
        using (ClipData data = Open(options))
        {
            Assert.That(data.Train.Count + data.Validation.Count, Is.EqualTo(7));
        }
        TestVideos.Write(In("new.mkv"), (0.5, "lime", 500)); // of the same length: the codecs lose nothing
        using ClipData changed = Open(options);
        Assert.That(changed.Train.Concat(changed.Validation).Select(c => Colours(changed, c)[0]).Distinct(), Is.EquivalentTo(new[] { "red", "lime" }));
        Assert.That(Directory.GetFiles(Stores), Has.Length.EqualTo(6));
    }

    [Test]
    public void A_file_without_sound_or_without_frames_is_told_and_left_out()
    {
        Six();
        folder.Write("videos/broken.mp4", "no video");
        File.Move(folder.Sound("videos/deaf", TestSounds.Noise(20_000, 1)).File, In("blind.mp4"));
        var told = new StringWriter();
        using var data = ClipData.Open(new ClipOptions { HeldOutShare = 0.5 }, Side, Videos, Stores, told, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(data.Train.Count + data.Validation.Count, Is.EqualTo(6));
            Assert.That(told.ToString(), Does.Contain("1 without a sound that can be used, the first: broken.mp4").And.Contain("4 frames that cannot be read, the first: blind.mp4"));
        });
    }

    [Test]
    public void A_playlist_that_calls_itself_a_video_is_not_opened()
    {
        using var outside = new TestFolder();
        TestVideos.Write(Path.Combine(outside.Path, "secret.mkv"), (0.5, "red", 440));
        folder.Write("videos/list.mp4", $"ffconcat version 1.0\nfile '{Path.Combine(outside.Path, "secret.mkv")}'\n");
        Assert.That(() => Open(new ClipOptions()), Throws.InstanceOf<IOException>().With.Message.Contains("None of 1 files"));
    }

    [Test]
    public void Sounds_that_call_themselves_videos_are_told_and_leave_no_store_of_no_frames()
    {
        Directory.CreateDirectory(Videos);
        File.Move(folder.Sound("a", TestSounds.Noise(20_000, 1)).File, In("a.mp4"));
        File.Move(folder.Sound("b", TestSounds.Noise(20_000, 2)).File, In("b.mp4"));
        Assert.That(() => Open(new ClipOptions()), Throws.InstanceOf<IOException>().With.Message.Contains("None of 8 frames").And.Message.Contains("a.mp4"));
        Assert.That(Directory.GetFiles(Stores).Select(f => Path.GetExtension(f)), Is.EqualTo(new[] { ".mels" }));
    }

    [Test]
    public void Too_few_clips_are_refused_with_what_to_change()
    {
        TestVideos.Write(In("only.mkv"), (0.5, "red", 440));
        Assert.That(() => Open(new ClipOptions()), Throws.ArgumentException.With.Message.Contains("heldOutShare"));
    }

    [Test]
    public void A_build_of_frames_that_was_stopped_goes_on()
    {
        TestVideos.Write(In("a.mkv"), [.. Enumerable.Range(0, 8).Select(i => (0.5, colours[i % 4], 400.0))]);
        PictureSource[] sources = [.. Enumerable.Range(0, 200).Select(i => new PictureSource(TestPictures.Info($"{i}", "frame"), In("a.mkv"), i * 0.02))];
        string whole = Path.Combine(folder.Path, "whole.pics"), stopped = Path.Combine(folder.Path, "stopped.pics");
        new PictureStoreBuilder(whole, Side) { Fit = PictureFit.Crop }.Build(sources);
        using var stop = new CancellationTokenSource();
        using var first = new StoppingWriter(stop);
        Assert.That(() => new PictureStoreBuilder(stopped, Side) { Fit = PictureFit.Crop, Threads = 1 }.Build(sources, first, stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(stopped), Is.False);
        using var second = new StringWriter();
        new PictureStoreBuilder(stopped, Side) { Fit = PictureFit.Crop, Threads = 1 }.Build(sources, second);
        Assert.That(second.ToString(), Does.StartWith("128 of 200"), "the first 64 were kept");
        Assert.That(File.ReadAllBytes(stopped), Is.EqualTo(File.ReadAllBytes(whole)));
    }

    private void Six()
    {
        for (int i = 0; i < 6; i++)
        {
            TestVideos.Write(In($"{i}.mkv"), (0.5, "red", 300 + 100 * i));
        }
    }

    private string Videos => Path.Combine(folder.Path, "videos");

    private string Stores => Path.Combine(folder.Path, "stores");

    private string In(string name) => Path.Combine(Videos, name);

    private ClipData Open(ClipOptions options) => ClipData.Open(options, Side, Videos, Stores, null, CancellationToken.None);

    /// <summary>The names of the colours in the middle of a clip's frames.</summary>
    private static string[] Colours(ClipData data, Clip clip) => [.. clip.Pictures.Select(p =>
    {
        ReadOnlySpan<byte> middle = data.Pictures!.Pixels(p).Slice((Side * Side / 2 + Side / 2) * 3, 3);
        return (middle[0] > 127, middle[1] > 127, middle[2] > 127) switch
        {
            (true, true, true) => "white",
            (true, false, false) => "red",
            (false, true, false) => "lime",
            (false, false, true) => "blue",
            _ => "black",
        };
    })];

    /// <summary>The mel bin that is loudest in the middle of a clip.</summary>
    private static int Loudest(ClipData data, Clip clip)
    {
        ReadOnlySpan<Half> row = data.Rows(clip).Slice(clip.Rows / 2 * 128, 128);
        int best = 0;
        for (int b = 1; b < row.Length; b++)
        {
            best = row[b] > row[best] ? b : best;
        }
        return best;
    }

    /// <summary>The mel bin of a frequency (HTK's formula), of 128 up to 15 kHz.</summary>
    private static int Loudest(double hertz) => (int)Math.Round(129 * Math.Log(1 + hertz / 700) / Math.Log(1 + 15_000 / 700.0)) - 1;

    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value) => stop.Cancel();
    }
}
