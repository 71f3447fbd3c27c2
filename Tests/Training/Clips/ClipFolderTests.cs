using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Tests.Training.Clips;

/// <summary>Which clips a folder has; the files are empty, since nobody opens them here.</summary>
public sealed class ClipFolderTests
{
    private readonly List<string> missing = [];
    private TestFolder folder = null!;

    [SetUp]
    public void SetUp()
    {
        folder = new TestFolder();
        missing.Clear();
    }

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void A_plain_folder_has_its_videos_in_the_order_of_their_names_and_nothing_else()
    {
        Files("b/2.MP4", "b/1.webm", "a.mov", "sound.wav", "text.txt", ".hidden.mp4");
        Assert.That(Read("").Select(c => c.Name), Is.EqualTo(new[] { "a.mov", "b/1.webm", "b/2.MP4" }));
        Assert.That(Read("").All(c => c.Frames.Count == 0 && c.Labels.Count == 0));
    }

    [Test]
    public void AudioSets_table_finds_videos_by_id_and_start_and_prefers_the_folder_of_its_split()
    {
        folder.Write("eval_segments.csv", "# YTID, start_seconds, end_seconds, positive_labels\nab-_1, 30.000, 40.000, \"/m/a,/m/b\"\nxyz, 0.000, 10.000, \"/m/a\"\ngone, 0.000, 10.000, \"/m/a\"\n");
        Files("train/ab-_1.mp4", "eval/ab-_1.mp4", "eval/Yxyz_0.mkv", "gone.wav");
        IReadOnlyList<ClipFile> clips = Read("eval_segments.csv");
        Assert.Multiple(() =>
        {
            Assert.That(clips.Select(c => c.Name), Is.EqualTo(new[] { "eval/ab-_1.mp4", "eval/Yxyz_0.mkv" }));
            Assert.That(clips[0].Labels, Is.EqualTo(new[] { "/m/a", "/m/b" }));
            Assert.That(missing, Is.EqualTo(new[] { "gone" }), "a sound alone has no frames");
        });
    }

    [Test]
    public void VIP_ANTs_lines_name_files_by_folder_kind_and_id()
    {
        folder.Write("data/train.csv", """
            {"id": "x", "dir": "part", "clip": ["wav"], "frame": ["0.jpg", "1.jpg"], "labels": ["/m/a"]}
            {"id": "y", "dir": "", "aclip": ["10_20.flac"], "frame": ["0.png"], "labels": ["/m/b", "/m/a"]}

            {"id": "z", "dir": "", "clip": ["wav"], "frame": ["0.jpg"], "labels": []}
            """);
        Files("part/clip/x.wav", "part/frame/x.0.jpg", "part/frame/x.1.jpg", "aclip/y.10_20.flac", "frame/y.0.png", "clip/z.wav");
        IReadOnlyList<ClipFile> clips = Read("data/train.csv");
        Assert.Multiple(() =>
        {
            Assert.That(clips.Select(c => c.Name), Is.EqualTo(new[] { "part/clip/x.wav", "aclip/y.10_20.flac" }));
            Assert.That(clips[0].Frames, Is.EqualTo(new[] { "part/frame/x.0.jpg", "part/frame/x.1.jpg" }));
            Assert.That(clips[1].Labels, Is.EqualTo(new[] { "/m/b", "/m/a" }));
            Assert.That(missing, Is.EqualTo(new[] { "clip/z.wav" }), "its only frame is not there");
        });
    }

    [Test]
    public void Lines_of_paths_take_videos_or_sounds_with_the_frames_that_are_there()
    {
        folder.Write("clips.jsonl", """
            {"clip": "a.mp4", "labels": ["dog"]}
            {"clip": "b.wav", "frames": ["b1.png", "gone.png"], "labels": "cat", "captions": ["A cat meows"]}
            {"clip": "c.wav"}
            """);
        Files("a.mp4", "b.wav", "b1.png", "c.wav");
        IReadOnlyList<ClipFile> clips = Read("clips.jsonl");
        Assert.Multiple(() =>
        {
            Assert.That(clips.Select(c => c.Name), Is.EqualTo(new[] { "a.mp4", "b.wav" }));
            Assert.That(clips[1].Frames, Is.EqualTo(new[] { "b1.png" }));
            Assert.That(clips.SelectMany(c => c.Labels), Is.EqualTo(new[] { "dog", "cat" }));
            Assert.That(clips[1].Captions, Is.EqualTo(new[] { "A cat meows" }));
            Assert.That(missing, Is.EqualTo(new[] { "c.wav" }), "no video, and no frames");
        });
    }

    [Test]
    public void AudioSets_labels_are_words_where_the_table_of_classes_is_there()
    {
        folder.Write("class_labels_indices.csv", "index,mid,display_name\n0,/m/a,Dog\n1,/m/b,\"Rain, falling\"\n");
        folder.Write("x_segments.csv", "# YTID, start_seconds, end_seconds, positive_labels\nab, 30.000, 40.000, \"/m/a,/m/b,/m/c\"\n");
        Files("ab.mp4");
        Assert.That(Read("x_segments.csv").Single().Labels, Is.EqualTo(new[] { "Dog", "Rain, falling", "/m/c" }));
    }

    [Test]
    public void AudioCaps_and_Clotho_give_captions_of_sounds_where_no_frames_are_wanted()
    {
        folder.Write("train.csv", "audiocap_id,youtube_id,start_time,caption\n1,ab,30,\"Rain, then thunder\"\n2,ab,30,Heavy rain\n3,xyz,0,A dog\n4,gone,5,Nothing\n");
        folder.Write("clotho_captions_development.csv", "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\nSanta Motor.wav,a,b,c,d,\nno.wav,a,b,c,d,e\n");
        Files("train/ab_30.wav", "train/Yxyz.mp4", "evaluation/Santa Motor.wav", "development/Santa Motor.wav");
        IReadOnlyList<ClipFile> audioCaps = new ClipFolder(folder.Path, seen: false).Read("train.csv", missing), clotho = new ClipFolder(folder.Path, seen: false).Read("clotho_captions_development.csv", missing);
        Assert.Multiple(() =>
        {
            Assert.That(audioCaps.Select(c => c.Name), Is.EqualTo(new[] { "train/ab_30.wav", "train/Yxyz.mp4" }));
            Assert.That(audioCaps.Select(c => c.Captions), Is.EqualTo(new[] { new[] { "Rain, then thunder", "Heavy rain" }, ["A dog"] }));
            Assert.That(clotho.Single().Name, Is.EqualTo("development/Santa Motor.wav"));
            Assert.That(clotho.Single().Captions, Is.EqualTo(new[] { "a", "b", "c", "d" }));
            Assert.That(missing, Is.EqualTo(new[] { "gone", "no.wav" }));
            Assert.That(Read("train.csv").Select(c => c.Name), Is.EqualTo(new[] { "train/Yxyz.mp4" }), "with frames, videos alone");
        });
    }

    [Test]
    public void Neither_a_path_nor_a_link_leads_out_of_the_folder()
    {
        using var outside = new TestFolder();
        outside.Write("secret.mp4", "");
        File.CreateSymbolicLink(Path.Combine(folder.Path, "link.mp4"), Path.Combine(outside.Path, "secret.mp4"));
        folder.Write("clips.jsonl", $$"""
            {"clip": "link.mp4"}
            {"clip": "../{{Path.GetFileName(outside.Path)}}/secret.mp4"}
            {"clip": "{{Path.Combine(outside.Path, "secret.mp4")}}"}
            {"id": "../secret", "clip": ["mp4"], "frame": []}
            {"clip": "a.mp4"}
            """);
        Files("a.mp4");
        Assert.That(Read("clips.jsonl").Select(c => c.Name), Is.EqualTo(new[] { "a.mp4" }));
        Assert.That(missing, Has.Count.EqualTo(4));
        Assert.That(() => Read($"../{Path.GetFileName(outside.Path)}/secret.mp4"), Throws.TypeOf<DatasetException>());
    }

    [TestCase("{\"clip\": \"a.mp4\"}\n{\"clip\": \"a.mp4\"}", "line 2")]
    [TestCase("{\"clip\": \"a.mp4\"}\n{\"clip\": ", "line 2")]
    [TestCase("{\"labels\": [\"dog\"]}", "'clip'")]
    [TestCase("{\"id\": \"x\", \"labels\": []}", "'clip'")]
    [TestCase("{\"clip\": 7}", "line 1")]
    [TestCase("{\"clip\": [7]}", "line 1")]
    [TestCase("{\"clip\": null}", "line 1")]
    [TestCase("{\"clip\": \"\\ud800\"}", "line 1")]
    [TestCase("a.mp4, 0.000", "line 1")]
    public void A_damaged_line_is_named(string text, string reason)
    {
        folder.Write("index", text);
        Files("a.mp4");
        Assert.That(() => Read("index"), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains("index"));
    }

    [TestCase("", "there is no video")]
    [TestCase("nothing.csv", "no table 'nothing.csv'")]
    [TestCase("empty.jsonl", "none of its 0 clips")]
    [TestCase("gone.jsonl", "none of its 1 clips is there, the first is x.mp4")]
    public void Where_nothing_is_the_message_says_what_belongs_there(string index, string reason)
    {
        folder.Write("empty.jsonl", "");
        folder.Write("gone.jsonl", "{\"clip\": \"x.mp4\"}");
        Assert.That(() => Read(index), Throws.TypeOf<DatasetException>().With.Message.Contains(reason).And.Message.Contains("Expected").And.Message.Contains(folder.Path));
    }

    [Test]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.That(() => new ClipFolder(Path.Combine(folder.Path, "no")), Throws.TypeOf<DatasetException>().With.Message.Contains("does not exist"));

    private IReadOnlyList<ClipFile> Read(string index) => new ClipFolder(folder.Path).Read(index, missing);

    private void Files(params string[] names)
    {
        foreach (string name in names)
        {
            folder.Write(name, "");
        }
    }
}
