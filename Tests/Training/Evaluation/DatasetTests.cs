using SoundSearch.Engine.Formats;
using SoundSearch.Tests.Training.Data;
using SoundSearch.Training.Evaluation.Datasets;

namespace SoundSearch.Tests.Training.Evaluation;

/// <summary>The official layouts, with a few sounds of one's own; and what is said where something is missing.</summary>
public class DatasetTests
{
    private TestFolder folder = null!;

    [SetUp]
    public void Make() => folder = new TestFolder();

    [TearDown]
    public void Remove() => folder.Dispose();

    [Test]
    public void AudioCaps_groups_captions_by_clip_and_lists_videos_that_are_gone()
    {
        folder.Write("test.csv", "audiocap_id,youtube_id,start_time,caption\n1,abc,30,\"Rain, then thunder\"\n2,abc,30,Heavy rain\n3,-x_Y,0,A dog\n4,gone,5,Nothing\n");
        Sound("test/abc_30");
        Sound("test/Y-x_Y");
        EvaluationSet set = EvaluationSets.Read("audiocaps", folder.Path, null);
        Assert.Multiple(() =>
        {
            Assert.That(set.Clips.Select(c => c.Captions), Is.EqualTo(new[] { new[] { "Rain, then thunder", "Heavy rain" }, ["A dog"] }));
            Assert.That(set.Missing, Is.EqualTo(new[] { "gone" }));
            Assert.That(set.Classes, Is.Empty);
        });
    }

    [Test]
    public void One_video_in_two_clips_is_two_sounds()
    {
        folder.Write("test.csv", "audiocap_id,youtube_id,start_time,caption\n1,abc,30,Rain\n2,abc,90,Wind\n");
        Sound("abc_30");
        Sound("abc_90");
        Assert.That(EvaluationSets.Read("audiocaps", folder.Path, "test").Clips.Select(c => Path.GetFileName(c.Path)), Is.EqualTo(new[] { "abc_30.wav", "abc_90.wav" }));
    }

    [Test]
    public void Clotho_takes_the_sound_of_its_own_split_where_names_repeat()
    {
        folder.Write("clotho_captions_evaluation.csv", "file_name,caption_1,caption_2,caption_3,caption_4,caption_5\nSanta Motor.wav,a,b,c,d,e\n");
        Sound("development/Santa Motor");
        Sound("evaluation/Santa Motor");
        EvaluationSet set = EvaluationSets.Read("clotho", folder.Path, null);
        Assert.Multiple(() =>
        {
            Assert.That(set.Clips.Single().Captions, Is.EqualTo(new[] { "a", "b", "c", "d", "e" }));
            Assert.That(set.Clips.Single().Path, Does.Contain("evaluation"));
        });
    }

    [Test]
    public void Esc50_has_words_for_classes_and_folds()
    {
        folder.Write("meta/esc50.csv", "filename,fold,target,category,esc10,src_file,take\n1-1-A-0.wav,1,0,dog,True,1,A\n2-1-A-1.wav,2,1,chirping_birds,True,1,A\n");
        Sound("audio/1-1-A-0");
        Sound("audio/2-1-A-1");
        EvaluationSet set = EvaluationSets.Read("esc50", folder.Path, null);
        Assert.Multiple(() =>
        {
            Assert.That(set.Classes, Is.EqualTo(new[] { "chirping birds", "dog" }));
            Assert.That(set.Clips.Select(c => c.Fold), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(set.SingleLabel);
        });
    }

    [Test]
    public void UrbanSound_finds_a_slice_in_its_own_fold()
    {
        folder.Write("metadata/UrbanSound8K.csv", "slice_file_name,fsID,start,end,salience,fold,classID,class\n7-0-0-0.wav,7,0,4,1,3,0,air_conditioner\n");
        Sound("audio/fold1/7-0-0-0");
        Sound("audio/fold3/7-0-0-0");
        EvaluationClip clip = EvaluationSets.Read("us8k", folder.Path, null).Clips.Single();
        Assert.Multiple(() =>
        {
            Assert.That(clip.Path, Does.Contain("fold3"));
            Assert.That(clip.Labels, Is.EqualTo(new[] { "air conditioner" }));
        });
    }

    [Test]
    public void AudioSet_reads_Googles_table_with_its_comments_and_quotes()
    {
        folder.Write("class_labels_indices.csv", "index,mid,display_name\n0,/m/a,Speech\n1,/m/b,\"Male speech, man speaking\"\n");
        folder.Write("eval_segments.csv", "# Segments csv created Sun Mar  5 10:54:25 2017\n# num_ytids=2\n# YTID, start_seconds, end_seconds, positive_labels\n-x1, 30.000, 40.000, \"/m/a,/m/b\"\ngone, 0.000, 10.000, \"/m/a\"\n");
        Sound("eval/-x1_30");
        EvaluationSet set = EvaluationSets.Read("audioset", folder.Path, null);
        Assert.Multiple(() =>
        {
            Assert.That(set.Classes, Is.EqualTo(new[] { "Speech", "Male speech, man speaking" }));
            Assert.That(set.ClassesOf(set.Clips.Single()), Is.EqualTo(new[] { 0, 1 }));
            Assert.That(set.SingleLabel, Is.False);
        });
    }

    [Test]
    public void An_AudioSet_label_that_no_class_has_is_named_with_its_line()
    {
        folder.Write("class_labels_indices.csv", "index,mid,display_name\n0,/m/a,Speech\n");
        folder.Write("eval_segments.csv", "x, 0.000, 10.000, \"/m/z\"\n");
        Sound("x");
        Assert.That(() => EvaluationSets.Read("audioset", folder.Path, null), Throws.TypeOf<FileFormatException>().With.Message.Contains("line 1").And.Message.Contains("/m/z"));
    }

    [TestCase("audiocaps", "youtube_id")]
    [TestCase("clotho", "clotho_captions_evaluation.csv")]
    [TestCase("esc50", "meta/esc50.csv")]
    [TestCase("us8k", "metadata/UrbanSound8K.csv")]
    [TestCase("audioset", "class_labels_indices.csv")]
    [TestCase("manifest", "manifest.csv")]
    public void An_empty_folder_is_told_what_belongs_into_it(string name, string expected) =>
        Assert.That(() => EvaluationSets.Read(name, folder.Path, null), Throws.TypeOf<DatasetException>().With.Message.Contains(expected).And.Message.Contains(folder.Path));

    [Test]
    public void A_table_without_any_of_its_sounds_is_no_data_set()
    {
        folder.Write("meta/esc50.csv", "filename,fold,target,category\na.wav,1,0,dog\n");
        Assert.That(() => EvaluationSets.Read("esc50", folder.Path, null), Throws.TypeOf<DatasetException>().With.Message.Contains("none of its 1 sounds"));
    }

    [Test]
    public void A_manifest_cannot_lead_out_of_its_folder()
    {
        Sound("inner/a");
        Directory.CreateDirectory(Path.Combine(folder.Path, "set"));
        folder.Write("set/manifest.csv", "path,set,label,fold\n../inner/a.wav,s,dog,1\n");
        Assert.That(() => EvaluationSets.Read("manifest", Path.Combine(folder.Path, "set"), null), Throws.TypeOf<DatasetException>());
    }

    [TestCase("../other")]
    [TestCase("a/b")]
    public void A_split_is_a_name_and_no_path(string split) =>
        Assert.That(() => EvaluationSets.Read("audiocaps", folder.Path, split), Throws.ArgumentException);

    private void Sound(string name) => folder.Sound(name, [0, 0.5f, -0.5f]);
}
