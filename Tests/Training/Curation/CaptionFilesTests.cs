using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Curation;

namespace SoundSearch.Tests.Training.Curation;

public sealed class CaptionFilesTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void SetUp() => folder = new TestFolder();

    [TearDown]
    public void TearDown() => folder.Dispose();

    [Test]
    public void AudioCaps_and_Clothos_columns_are_read_and_each_caption_counts_once()
    {
        string audioCaps = Write("audiocaps_train.csv", "audiocap_id,youtube_id,start_time,caption\n1,a,0,A dog barks\n2,b,0,\"Rain, then wind\"\n3,c,0,A dog barks\n");
        string clotho = Write("clotho_captions_development.csv", "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\na.wav,one,two,,four,five\n");
        Assert.Multiple(() =>
        {
            Assert.That(CaptionFile.Read(audioCaps), Is.EqualTo(new[] { "A dog barks", "Rain, then wind" }));
            Assert.That(CaptionFile.Read(clotho), Is.EqualTo(new[] { "one", "two", "four", "five" }));
        });
    }

    [TestCase("audiocaps_test.csv")]
    [TestCase("audiocaps_val.csv")]
    [TestCase("clotho_captions_evaluation.csv")]
    [TestCase("clotho_captions_validation.csv")]
    [TestCase("Clotho-Test.csv")]
    [TestCase("my.eval.2.csv")]
    public void Files_for_evaluation_are_refused_by_their_name(string name) =>
        Assert.That(() => CaptionFile.Read(Write(name, "caption\nA dog barks\n")), Throws.ArgumentException.With.Message.Contains("evaluation only").And.Message.Contains(name));

    [TestCase("audiocaps_train.csv")]
    [TestCase("interval_contest_value.csv")]
    public void Names_that_only_hold_such_letters_are_not(string name) =>
        Assert.That(CaptionFile.Read(Write(name, "caption\nA dog barks\n")), Has.Count.EqualTo(1));

    [TestCase("", "an empty file")]
    [TestCase("caption\n", "only a header")]
    [TestCase("id,text\n1,A dog barks\n", "'caption' in line 1")]
    [TestCase("id,caption\n1,A dog barks\n2,  \n", "line 3")]
    [TestCase("id,caption\n1,A dog barks\n2\n", "line 3")]
    [TestCase("id,caption\n1,A dog barks\n2,\"A cat\n", "line 3")]
    public void A_file_of_captions_with_a_mistake_is_refused_with_its_path_and_line(string text, string reason)
    {
        string path = Write("captions.csv", text);
        Assert.That(() => CaptionFile.Read(path), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [Test]
    public void A_file_that_is_not_there_is_told_with_what_it_should_be()
    {
        string path = Path.Combine(folder.Path, "audiocaps_train.csv");
        Assert.That(() => CaptionFile.Read(path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains(path).And.Message.Contains("'caption'").And.Message.Contains("AudioCaps"));
    }

    [Test]
    public void A_list_survives_its_file()
    {
        CaptionLine[] lines = [new("a/b.opus", "A dog, \"Rex\", barks", 0.812), new("a/b.opus", "two\nlines"), new("odd, path", "x", -0.5)];
        string path = Path.Combine(folder.Path, "captions.csv");
        CaptionList.Write(path, lines);
        Assert.That(CaptionList.Read(path, _ => true), Is.EqualTo(lines));
    }

    [Test]
    public void A_list_needs_no_cosines_and_may_have_more_columns() =>
        Assert.That(CaptionList.Read(Write("captions.csv", "caption,path,who\nA dog barks,a.opus,me\n"), _ => true), Is.EqualTo(new[] { new CaptionLine("a.opus", "A dog barks") }));

    [TestCase("path,text\na,A dog\n", "'caption' in line 1")]
    [TestCase("caption\nA dog\n", "'path' in line 1")]
    [TestCase("path,caption\n", "only a header")]
    [TestCase("path,caption\na,A dog\n../b,A cat\n", "line 3")]
    [TestCase("path,caption\na,A dog\na,\" \"\n", "line 3")]
    [TestCase("path,caption,cosine\na,A dog,0.5\na,A cat,near\n", "line 3")]
    public void A_list_that_was_corrected_badly_is_refused_with_its_path_and_line(string text, string reason)
    {
        string path = Write("captions.csv", text);
        Assert.That(() => CaptionList.Read(path, p => p == "a"), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason).And.Message.Contains(path));
    }

    [Test]
    public void Few_pairs_are_among_more_whatever_the_order_of_the_lines_and_the_seed_decides_which()
    {
        CaptionLine[] lines = [.. Enumerable.Range(0, 100).Select(i => new CaptionLine($"{i % 40}", $"text {i}"))];
        CaptionLine[] eight = Subset(lines, 8), sixteen = Subset(lines, 16);
        Assert.Multiple(() =>
        {
            Assert.That(eight, Has.Length.EqualTo(8).And.Unique);
            Assert.That(eight, Is.SubsetOf(sixteen));
            Assert.That(Subset([.. lines.Reverse(), .. lines], 8), Is.EquivalentTo(eight), "copies and order do not matter");
            Assert.That(CaptionList.Subset(lines, 8, 2), Is.Not.EquivalentTo(eight));
            Assert.That(CaptionList.Subset(lines, 0, 1), Is.EqualTo(lines), "0: all");
            Assert.That(() => CaptionList.Subset(lines, 101, 1), Throws.ArgumentException.With.Message.Contains("100"));
        });

        static CaptionLine[] Subset(CaptionLine[] lines, int pairs) => [.. CaptionList.Subset(lines, pairs, 1)];
    }

    [TestCase(CaptionKind.Gold, "x.csv", "", "", 5, 0, "'source'")]
    [TestCase(CaptionKind.Labels, "", "writer-1", "", 5, 0, "'written'")]
    [TestCase(CaptionKind.Mined, "x.csv", "writer-1", "", 5, 0, "not both")]
    [TestCase(CaptionKind.Mined, "", "../writer-1", "", 5, 0, "'written'")]
    [TestCase(CaptionKind.Mined, "", "..", "", 5, 0, "'written'")]
    [TestCase(CaptionKind.Listed, "", "", "", 5, 0, "'list'")]
    [TestCase(CaptionKind.Gold, "", "", "", 0, 0, "'perClip'")]
    [TestCase(CaptionKind.Gold, "", "", "", 5, -1, "'pairs'")]
    public void Options_that_cannot_be_are_refused(CaptionKind kind, string source, string written, string list, int perClip, int pairs, string reason) => Assert.That(
        () => new CaptionOptions { Kind = kind, Source = source, Written = written, List = list, PerClip = perClip, Pairs = pairs }.Check(), Throws.ArgumentException.With.Message.Contains(reason));

    private string Write(string name, string text)
    {
        string path = Path.Combine(folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
