using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Captioning;
using SoundSearch.Training.Curation;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Captioning;

public class CaptionerTests
{
    private static readonly CaptionerOptions small = new()
    {
        Vocabulary = 600,
        Width = 32,
        Heads = 2,
        Layers = 2,
        AudioTokens = ToyWorld.AudioTokens,
        Steps = 180,
        TextRows = 6,
        SoundRows = 18,
        Warmup = 10,
        LearningRate = 5e-3,
        MuonRate = 5e-3,
        SoundTagDrop = 0.2,
        ValidateEvery = 60,
        Seed = 3,
    };

    private string folder = "";

    [OneTimeSetUp]
    public void SetUp()
    {
        folder = Directory.CreateTempSubdirectory("captioner-").FullName;
        Assert.That(Train(small, folder));
    }

    [OneTimeTearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [TestCase(1)]
    [TestCase(4)]
    public void It_writes_what_the_tags_say(int beams)
    {
        string[] written = Written(beams, tags: true);
        Assert.That(written.Where((w, i) => w == ToyWorld.Caption(i % ToyWorld.Things.Length)).Count(), Is.GreaterThanOrEqualTo(written.Length * 9 / 10));
    }

    [Test]
    public void Without_tags_noise_tells_it_nothing_and_it_still_writes_a_caption()
    {
        string[] written = Written(4, tags: false), possible = [.. Enumerable.Range(0, ToyWorld.Things.Length).Select(ToyWorld.Caption)];
        Assert.Multiple(() =>
        {
            Assert.That(written, Has.All.Matches<string>(w => possible.Contains(w)));
            Assert.That(written.Where((w, i) => w == ToyWorld.Caption(i % ToyWorld.Things.Length)).Count(), Is.LessThanOrEqualTo(written.Length / 2)); // chance: 1 in 6
        });
    }

    [Test]
    public void A_run_that_is_stopped_and_goes_on_ends_with_the_same_bits()
    {
        string other = Directory.CreateDirectory(Path.Combine(folder, "stopped")).FullName;
        using var stop = new CancellationTokenSource();
        var progress = new StopAfterFirstRow(stop);
        Assert.That(Train(small, other, progress, stop.Token), Is.False);
        Assert.That(Train(small, other));
        foreach (string name in new[] { TrainingLoop.CheckpointName, Captioner.WeightsFile })
        {
            Assert.That(File.ReadAllBytes(Path.Combine(other, name)), Is.EqualTo(File.ReadAllBytes(Path.Combine(folder, name))), name);
        }
    }

    [Test]
    public void A_checkpoint_of_another_recipe_or_other_examples_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Train(small with { Seed = 4 }, folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("recipe"));
            Assert.That(() => Train(small, folder, sounds: 20), Throws.TypeOf<FileFormatException>().With.Message.Contains("recipe"));
        });
    }

    [Test]
    public void Weights_of_another_shape_are_refused()
    {
        string other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        ToyWorld.Tokenizer(other);
        CaptionDecoder decoder = Captioner.Load(folder).Decoder;
        void Write(string shape) => SafetensorsFile.Write(Path.Combine(other, Captioner.WeightsFile), decoder.Parameters.Tensors, new Dictionary<string, string> { ["shape"] = shape });
        using SafetensorsFile good = SafetensorsFile.Open(Path.Combine(folder, Captioner.WeightsFile));
        string right = good.Metadata["shape"];
        Assert.Multiple(() =>
        {
            foreach ((string shape, string reason) in new[]
            {
                (right.Replace("\"layers\":2", "\"layers\":3", StringComparison.Ordinal), "resblocks.2"),
                (right.Replace("\"audioWidth\":4", "\"audioWidth\":5", StringComparison.Ordinal), "audio.linear.weight"),
                (right.Replace("\"width\":32", "\"width\":0", StringComparison.Ordinal), "sizes"),
                (right.Replace("\"heads\":2", "\"heads\":\"two\"", StringComparison.Ordinal), "sizes"),
                ("", "sizes"),
                ("null", "sizes"),
            })
            {
                Assert.That(shape, Is.Not.EqualTo(right));
                Write(shape);
                Assert.That(() => Captioner.Load(other), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason), shape);
            }
            File.WriteAllText(Path.Combine(other, Captioner.MergesFile), "#version: 0.2\na b\n");
            Write(right);
            Assert.That(() => Captioner.Load(other), Throws.TypeOf<FileFormatException>().With.Message.Contains("515 tokens"));
        });
    }

    [Test]
    public void Recipes_that_ask_for_more_than_there_is_are_refused() => Assert.Multiple(() =>
    {
        Assert.That(() => Train(small with { TextRows = 7 }, folder), Throws.ArgumentException.With.Message.Contains("there are 6 and 60"));
        Assert.That(() => Train(small with { Steps = 0 }, folder), Throws.ArgumentException.With.Message.Contains("steps"));
        Assert.That(() => Train(small with { SoundTagDrop = 1.5 }, folder), Throws.ArgumentException.With.Message.Contains("dropped tags"));
        Assert.That(() => Train(small with { Heads = 3 }, folder), Throws.ArgumentException.With.Message.Contains("sizes"));
    });

    [Test]
    public void Tags_are_whole_or_not_there()
    {
        Captioner captioner = Captioner.Load(folder);
        string[] many = [.. Enumerable.Repeat("rain", 40)];
        int[] ids = captioner.TagIds(many);
        int one = captioner.Tokenizer.Encode("rain").Length, more = captioner.Tokenizer.Encode(", rain").Length;
        Assert.Multiple(() =>
        {
            Assert.That(captioner.TagIds([]), Is.Empty);
            Assert.That(ids.Length, Is.LessThanOrEqualTo(captioner.Decoder.Shape.TagTokens));
            Assert.That((ids.Length - one) % more, Is.Zero);
            Assert.That(ids.Length + more, Is.GreaterThan(captioner.Decoder.Shape.TagTokens));
        });
    }

    [Test]
    public void Captions_are_written_to_a_file_that_reads_back_and_an_interrupted_one_goes_on()
    {
        const int Count = 300; // more than two chunks
        Captioner captioner = Captioner.Load(folder);
        HeardSounds heard = ToyWorld.Heard(Count);
        (int, string)[] sounds = [.. Enumerable.Range(0, Count).Select(i => (i, i == 3 ? "a, \"b\".wav" : $"s{i}.wav"))];
        var greedy = new WritingOptions { Beams = 1 };
        string Write(string name, CancellationToken cancellation = default) => CaptionWriting.Write(
            captioner, heard, sounds, greedy, s => heard.Tags(s, 0.1, 4), Directory.CreateDirectory(Path.Combine(folder, name)).FullName, null, cancellation);

        byte[] whole = File.ReadAllBytes(Write("whole"));
        IReadOnlyList<CaptionLine> lines = CaptionList.Read(Path.Combine(folder, "whole", CaptionWriting.FileName), p => sounds.Any(s => s.Item2 == p));
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.That(() => Write("half", stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        // As after a power cut: some lines, the last of them torn.
        string part = Path.Combine(folder, "half", CaptionWriting.FileName + ".part");
        File.WriteAllBytes(part, whole[..(whole.Length / 2)]);
        Assert.Multiple(() =>
        {
            Assert.That(lines, Has.Count.EqualTo(Count));
            Assert.That(lines[3].Path, Is.EqualTo("a, \"b\".wav"));
            Assert.That(lines[1].Caption, Is.EqualTo(ToyWorld.Caption(1)));
            Assert.That(File.ReadAllBytes(Write("half")), Is.EqualTo(whole));
            Assert.That(File.Exists(part), Is.False);
        });
        File.Move(Path.Combine(folder, "half", CaptionWriting.FileName), part);
        Assert.That(
            () => CaptionWriting.Write(captioner, heard, sounds, greedy with { Tags = false }, s => [], Path.Combine(folder, "half"), null, default),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("another"));
    }

    [Test]
    public void Captions_of_other_sounds_or_tags_are_not_taken_for_these_however_many_there_are()
    {
        Captioner captioner = Captioner.Load(folder);
        HeardSounds heard = ToyWorld.Heard(6);
        string other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        string Write((int, string)[] sounds, string tag) => CaptionWriting.Write(captioner, heard, sounds, new WritingOptions { Beams = 1 }, _ => [tag], other, null, default);

        string path = Write([(0, "a.wav"), (1, "b.wav")], "dog");
        Assert.Multiple(() =>
        {
            Assert.That(Write([(0, "a.wav"), (1, "b.wav")], "dog"), Is.EqualTo(path), "the same again");
            Assert.That(() => Write([(0, "a.wav"), (1, "c.wav")], "dog"), Throws.TypeOf<FileFormatException>().With.Message.Contains("other sounds"));
            Assert.That(() => Write([(0, "a.wav"), (2, "b.wav")], "dog"), Throws.TypeOf<FileFormatException>(), "another content under the name");
            Assert.That(() => Write([(0, "a.wav"), (1, "b.wav")], "rain"), Throws.TypeOf<FileFormatException>(), "another tag");
        });
    }

    [Test]
    public void More_beams_find_captions_that_are_no_less_probable()
    {
        Captioner captioner = Captioner.Load(folder);
        HeardSounds heard = ToyWorld.Heard(30);
        for (int s = 0; s < heard.Count; s++)
        {
            Hypothesis greedy = captioner.Write(heard.Audio(s), [], captioner.Plan(1), 1, 0).Hypothesis, beam = captioner.Write(heard.Audio(s), [], captioner.Plan(4), 4, 0).Hypothesis;
            Assert.That(beam.LogProbability, Is.GreaterThanOrEqualTo(greedy.LogProbability - 1e-4)); // rows of other numbers round otherwise
        }
    }

    private static bool Train(CaptionerOptions options, string folder, TextWriter? progress = null, CancellationToken cancellation = default, int sounds = 60)
    {
        ClipTokenizer tokenizer = ToyWorld.Tokenizer(folder);
        using var run = new CaptionerRun(options, tokenizer, ToyWorld.Texts(), ToyWorld.Sounds(sounds, 1), ToyWorld.AudioWidth);
        return run.Run(folder, ToyWorld.Sounds(12, 2), progress, cancellation);
    }

    private string[] Written(int beams, bool tags)
    {
        HeardSounds heard = ToyWorld.Heard(30);
        return [.. CaptionWriting.Write(
            Captioner.Load(folder), heard, [.. Enumerable.Range(0, heard.Count)], new WritingOptions { Beams = beams, Tags = tags }, s => heard.Tags(s, 0.1, 4), default).Select(w => w.Text)];
    }

    private sealed class StopAfterFirstRow(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value) => stop.Cancel();
    }
}
