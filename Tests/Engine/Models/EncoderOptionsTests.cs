using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Tests.Cli;
using SoundSearch.Tests.Engine.Kernels;
using SoundSearch.Tests.Training.Backward;

namespace SoundSearch.Tests.Engine.Models;

internal sealed class EncoderOptionsTests
{
    private static readonly string[] Texts = ["rain", "a dog barks far away", "heavy rain on a tin roof with thunder and wind", "", "police siren"];

    private static string Pocket => Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket");

    /// <summary>Without byte products in the processor oneDNN's factors have 63 steps instead of 127; no command asks it for them there.</summary>
    [TestCase(GemmProvider.Managed, Precision.Int8, 0.9995)]
    [TestCase(GemmProvider.Managed, Precision.BFloat16, 0.9995)]
    [TestCase(GemmProvider.OneDnn, Precision.Float32, 0.999999)]
    [TestCase(GemmProvider.OneDnn, Precision.BFloat16, 0.9995)]
    [TestCase(GemmProvider.OneDnn, Precision.Int8, 0.996)]
    public void Vectors_of_the_shipped_model_are_of_one_space_whatever_the_precision(GemmProvider provider, Precision precision, double floor)
    {
        if (provider == GemmProvider.OneDnn && !OneDnn.Supports(precision))
        {
            Assert.Ignore(OneDnn.IsAvailable ? $"skipped: this CPU has no {precision} in oneDNN" : "skipped: libdnnl2 not installed");
        }
        using SoundModel plain = SoundModel.Open(Pocket), other = SoundModel.Open(Pocket, new EncoderOptions { Provider = provider, Precision = precision });
        Assert.That(other.Fingerprint, Is.EqualTo(plain.Fingerprint));
        int length = plain.Audio.WindowSamples;
        ReadOnlyMemory<float>[] windows =
        [
            GradientCheck.Noise(length, 1, 0.3f), GradientCheck.Noise(length / 3, 2, 0.01f), new float[length],
            Enumerable.Range(0, length).Select(i => 0.5f * MathF.Sin(i * 0.05f)).ToArray(),
            Enumerable.Range(0, length).Select(i => i % 8000 < 400 ? 0.9f * MathF.Sin(i * i * 1e-6f) : 0).ToArray(),
        ];
        int dimensions = plain.Text.Dimensions;
        float[] expected = new float[Texts.Length * dimensions], actual = new float[Texts.Length * dimensions];
        plain.Text.Encode(Texts, expected);
        other.Text.Encode(Texts, actual);
        Check("text");
        plain.Audio.Encode(windows, expected);
        other.Audio.Encode(windows, actual);
        Check("audio");

        void Check(string what)
        {
            for (int i = 0; i < Texts.Length; i++)
            {
                double cosine = Differences.Dot(expected.AsSpan(i * dimensions, dimensions), actual.AsSpan(i * dimensions, dimensions));
                TestContext.Out.WriteLine($"{what} {i}: {cosine:F6}");
                Assert.That(cosine, Is.InRange(floor, 1.00001), $"{what} {i}");
            }
        }
    }

    [Test]
    public void A_tower_loaded_for_inference_gives_the_bits_of_one_loaded_whole()
    {
        using SoundModel model = SoundModel.Open(Pocket);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Pocket, model.Description.Tensors));
        ClipTokenizer tokenizer = ClipTokenizer.Load(Path.Combine(Pocket, model.Description.Merges));
        TextTowerShape shape = model.Description.Text!;
        var whole = new TextEncoder(new TextTower(ParameterSet.Load(shape.Layout(), file, "text."), shape), s => tokenizer.EncodeWithEnds(s, shape.Context));
        float[] expected = new float[Texts.Length * shape.Embedding], actual = new float[Texts.Length * shape.Embedding];
        whole.Encode(Texts, expected);
        UnitLength.Centre(expected, file.Read("centre.text").Span);
        model.Text.Encode(Texts, actual);
        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(
            () => ParameterSet.LoadForInference(shape.Layout(), file, "text.", EncoderOptions.Default).Clone(), Throws.InvalidOperationException.With.Message.Contains("ParameterSet.Load"),
            "what is not there must not be copied as zeros");
    }

    [Test]
    public void Encoders_stay_usable_when_their_model_is_closed()
    {
        SoundModel model = SoundModel.Open(Pocket);
        var text = model.Text;
        float[] before = new float[text.Dimensions], after = new float[text.Dimensions];
        text.Encode(["rain"], before);
        model.Dispose();
        text.Encode(["rain"], after);
        Assert.That(after, Is.EqualTo(before));
    }

    [Test]
    public void The_provider_follows_from_the_precision()
    {
        Assert.That(EncoderOptions.For(Precision.Float32), Is.EqualTo(EncoderOptions.Default));
        Assert.That(EncoderOptions.For(Precision.Int8).Precision, Is.EqualTo(Precision.Int8));
        if (OneDnn.Supports(Precision.BFloat16))
        {
            Assert.That(EncoderOptions.For(Precision.BFloat16).Provider, Is.EqualTo(GemmProvider.OneDnn));
        }
        else
        {
            Assert.That(() => EncoderOptions.For(Precision.BFloat16), Throws.TypeOf<NotSupportedException>());
        }
    }

    [Test]
    public void The_command_line_refuses_a_precision_that_is_not_there()
    {
        string empty = Directory.CreateTempSubdirectory("precision").FullName;
        try
        {
            (int code, _, string errors) = CommandLineTests.Run("index", empty, "--precision", "float64");
            Assert.That((code, errors), Is.EqualTo((2, errors)));
            Assert.That(errors, Does.Contain("float64"));
            Assert.That(CommandLineTests.Run("index", empty, "--precision", "int8").Code, Is.Zero);
            (code, _, errors) = CommandLineTests.Run("index", empty, "--precision", "bfloat16");
            Assert.That(code, Is.EqualTo(OneDnn.Supports(Precision.BFloat16) ? 0 : 2), errors);
        }
        finally
        {
            Directory.Delete(empty, recursive: true);
        }
    }
}
