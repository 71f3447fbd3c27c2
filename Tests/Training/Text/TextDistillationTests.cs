using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Run;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Run;
using SoundSearch.Training.Text;

namespace SoundSearch.Tests.Training.Text;

public sealed class TextDistillationTests
{
    private const int Width = 8;

    private static readonly string[] adjectives = ["loud", "soft", "wet", "metal", "wooden", "distant", "small", "angry", "old", "bright"];
    private static readonly string[] nouns = ["dog", "door", "rain", "bell", "engine", "bird", "siren", "step", "wind", "drum"];

    private string folder = "", teacher = "";

    /// <summary>A teacher for whom a text means the sum of its words' vectors: 1,000 texts.</summary>
    [SetUp]
    public void SetUp()
    {
        folder = Path.Combine(Path.GetTempPath(), $"distil-{Guid.NewGuid():n}");
        teacher = Directory.CreateDirectory(Path.Combine(folder, "teacher")).FullName;
        var random = new Random(1);
        Dictionary<string, float[]> words = adjectives.Concat(nouns).ToDictionary(w => w, _ => Enumerable.Range(0, Width).Select(_ => random.NextSingle() - 0.5f).ToArray());
        List<string> texts = [];
        List<sbyte> embeddings = [];
        List<float> scales = [];
        foreach (string noun in nouns)
        {
            foreach (string a in adjectives)
            {
                foreach (string b in adjectives)
                {
                    texts.Add($"{a}, {b} {noun}");
                    float[] sum = [.. Enumerable.Range(0, Width).Select(i => words[a][i] + words[b][i] + (2 * words[noun][i]))];
                    UnitLength.Forward(sum, sum, 1, Width);
                    float scale = sum.Max(Math.Abs) / 127;
                    embeddings.AddRange(sum.Select(v => (sbyte)MathF.Round(v / scale)));
                    scales.Add(scale);
                }
            }
        }
        File.WriteAllText(Path.Combine(teacher, "texts.csv"), "text,source\n" + string.Concat(texts.Select(t => $"\"{t}\",made\n")));
        WriteEmbeddings(texts.Count, [.. embeddings], [.. scales]);
    }

    [TearDown]
    public void TearDown() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_small_tower_learns_its_teacher_and_is_read_back_whole()
    {
        TextFigures figures = TextDistillation.Run(Options("run", 48 * 60), CancellationToken.None);
        Assert.That(figures.Cosine, Is.GreaterThan(0.8), figures.ToString());

        TextModel model = TextModel.Load(Path.Combine(folder, "run"));
        TeacherTexts texts = TeacherTexts.Load(teacher);
        int[] heldOut = [.. Enumerable.Range(0, texts.Count).Where(i => texts.IsHeldOut(i, 0.2))];
        Assert.That(TextFigures.Measure(model, texts, heldOut).Cosine, Is.EqualTo(figures.Cosine).Within(1e-6));
        float[] pair = model.Encode(["wet, old drum", "a drum that is old and wet in every way there is"]), alone = model.Encode(["wet, old drum"]);
        Assert.That(Goldens.MaxDifference(pair.AsSpan(0, Width), alone), Is.LessThan(1e-5)); // what else is in a batch does not matter
        Assert.That(File.ReadLines(Path.Combine(folder, "run", TrainingLoop.LogName)).First(), Does.StartWith("step,samples,seconds,loss"));
    }

    [Test]
    public void An_interrupted_run_ends_with_the_bits_of_an_uninterrupted_one()
    {
        TextDistillation.Run(Options("straight", 48 * 12), CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var progress = new CancelAfterValidation(cancel);
        Assert.That(() => TextDistillation.Run(Options("stopped", 48 * 12) with { Progress = progress }, cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        TextDistillation.Run(Options("stopped", 48 * 12), CancellationToken.None);
        Assert.That(
            File.ReadAllBytes(Path.Combine(folder, "stopped", TrainingLoop.CheckpointName)),
            Is.EqualTo(File.ReadAllBytes(Path.Combine(folder, "straight", TrainingLoop.CheckpointName))));
    }

    [TestCase(2)]
    [TestCase(3)]
    [TestCase(7)]
    public void Passes_give_the_gradient_of_the_whole_batch(int accumulate)
    {
        var shape = new TextTowerShape(50, 12, 16, 2, 1, Width);
        var weights = new ParameterSet(shape.Layout());
        Initialiser.Fill(weights, shape.Transformer, 1);
        var random = new Random(2);
        int[][] rows = [.. Enumerable.Range(0, 7).Select(r => Enumerable.Range(0, 2 + r).Select(_ => random.Next(50)).ToArray())];
        float[] t = [.. Enumerable.Range(0, 9 * Width).Select(_ => random.NextSingle() - 0.5f)];
        UnitLength.Forward(t, t, 9, Width);
        TextShard whole = new(new TextTower(weights, shape), 7, 12, 9, 0.05f, 0), passes = new(new TextTower(weights, shape), 7, 12, 9, 0.05f, accumulate);
        whole.Step(rows, t, 2, 9); // rows 2 to 8 of a batch of 9
        passes.Step(rows, t, 2, 9);
        Assert.Multiple(() =>
        {
            Assert.That(passes.Cosine, Is.EqualTo(whole.Cosine).Within(1e-6));
            Assert.That(passes.Divergence, Is.EqualTo(whole.Divergence).Within(1e-6));
            Assert.That(Gradients.Distance([.. passes.Gradients.Values], [.. whole.Gradients.Values]), Is.LessThan(1e-4));
        });
    }

    [Test]
    public void Another_recipe_does_not_go_on_from_a_checkpoint()
    {
        TextDistillation.Run(Options("run", 48 * 5), CancellationToken.None);
        Assert.That(
            () => TextDistillation.Run(Options("run", 48 * 5) with { LearningRate = 1 }, CancellationToken.None),
            Throws.InstanceOf<FileFormatException>().With.Message.Contains("recipe"));
    }

    [Test]
    public void Embeddings_of_another_number_of_texts_are_refused()
    {
        WriteEmbeddings(999, new sbyte[999 * Width], new float[999]);
        Assert.That(() => TeacherTexts.Load(teacher), Throws.InstanceOf<FileFormatException>().With.Message.Contains("999"));
    }

    [Test]
    public void Spellings_of_one_text_are_held_out_together_and_labels_never()
    {
        TeacherTexts texts = TeacherTexts.Load(teacher);
        Assert.That(Enumerable.Range(0, TeacherTexts.Labels).Any(i => texts.IsHeldOut(i, 1)), Is.False);
        Assert.That(Enumerable.Range(TeacherTexts.Labels, 400).Count(i => texts.IsHeldOut(i, 0.25)), Is.InRange(60, 140));
    }

    private TextDistillationOptions Options(string run, long samples) => new()
    {
        TeacherFolder = teacher,
        OutputFolder = Path.Combine(folder, run),
        Vocabulary = 600,
        Context = 20,
        Width = 16,
        Heads = 2,
        Layers = 1,
        Batch = 48,
        Samples = samples,
        LearningRate = 1e-2,
        MuonRate = 1e-2,
        Warmup = 5,
        HeldOut = 0.2,
        ValidateEvery = 5,
    };

    private void WriteEmbeddings(int rows, sbyte[] embeddings, float[] scales)
    {
        byte[] header = Encoding.UTF8.GetBytes(
            $$$"""{"embeddings":{"dtype":"I8","shape":[{{{rows}}},{{{Width}}}],"data_offsets":[0,{{{embeddings.Length}}}]},"scale":{"dtype":"F32","shape":[{{{rows}}}],"data_offsets":[{{{embeddings.Length}}},{{{embeddings.Length + (4 * rows)}}}] } }""");
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(
            Path.Combine(teacher, "text_embeddings.safetensors"),
            [.. length, .. header, .. MemoryMarshal.AsBytes(embeddings.AsSpan()), .. MemoryMarshal.AsBytes(scales.AsSpan())]);
    }

    /// <summary>Pulls the plug when the first validation is announced.</summary>
    private sealed class CancelAfterValidation(CancellationTokenSource cancel) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            if (value?.StartsWith("validation", StringComparison.Ordinal) == true)
            {
                cancel.Cancel();
            }
        }
    }
}
