using System.IO.Compression;
using System.Text;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Tests.Training.Backward;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Tests.Mutation;

/// <summary>A model's folder with one file damaged: the model is refused with that file's path, or it encodes.</summary>
[Category(MutationRun.Category)]
internal sealed class ModelMutationTests
{
    private const string Merges = "merges.txt";

    private string folder = "";

    [SetUp]
    public void Save()
    {
        folder = Directory.CreateTempSubdirectory("model").FullName;
        string merges = Path.Combine(folder, "source.txt");
        BpeTrainer.Write(merges, [("d", "o"), ("do", "g</w>"), ("b", "a")]);
        var description = new ModelDescription
        {
            Name = "tiny",
            Version = "1",
            Licence = "CC0-1.0",
            TrainingData = "none",
            RecipeVersion = 1,
            Audio = new AudioTowerShape { Stem = StemKind.Conv, Frames = 8, Bins = 128, StemChannels = [2, 3, 4], Width = 16, Heads = 2, Layers = 1, Embedding = 5, Pool = Pool.Mean },
            Text = new TextTowerShape(512 + 2 + 3, 30, 16, 2, 1, 5),
            Features = new FeatureRecipe(FeatureKind.LogMel, 8),
            Window = new WindowRule(0.08, 0.5),
            Merges = Merges,
        };
        ParameterSet audio = new(description.Audio.Layout()), text = new(description.Text.Layout()), centre = new(SoundModel.CentreLayout(description.Embedding));
        GradientCheck.Randomise(centre, 3);
        GradientCheck.Randomise(audio, 1);
        GradientCheck.Randomise(text, 2);
        ModelFolder.Save(folder, new ModelContents(description) { Audio = audio, Text = text, Centre = centre, Files = { [description.Merges] = File.ReadAllBytes(merges) } }, half: true);
    }

    [TearDown]
    public void Remove() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Damaged_descriptions_do_no_harm()
    {
        // Weights and tokenizer are refused beside a description that they do not fit.
        string path = Path.Combine(folder, ModelFolder.DescriptionName);
        byte[] good = File.ReadAllBytes(path);
        new MutationRun("model-json", m => m.Text(good), (_, bytes) =>
        {
            File.WriteAllBytes(path, bytes);
            return Encode();
        })
        { Ending = ".json", AllocationBase = 32 << 20, IsRefusal = (e, _) => e is FileFormatException or FileNotFoundException && e.Message.Contains(folder, StringComparison.Ordinal) }.Run();
    }

    [Test]
    public void Damaged_merges_do_no_harm()
    {
        byte[] plain = Encoding.UTF8.GetBytes("#version: 0.2\nd o\ndo g</w>\nb a\nba r\nt h\nth e</w>\n\u0120 a\n");
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(plain);
        }
        new MutationRun("merges", m => m.OneIn(4) ? m.Bytes(packed.ToArray()) : m.Text(plain), (path, bytes) =>
        {
            ClipTokenizer tokenizer = ClipTokenizer.Load(path);
            int[] ids = tokenizer.EncodeWithEnds("the dog barks; doggedly! <|endoftext|> \u00E9\uD83D\uDE00", 77);
            MutationRun.Require(ids.Length is >= 2 and <= 77 && Array.TrueForAll(ids, id => id >= 0 && id < tokenizer.VocabularySize), "ids of the vocabulary");
            return tokenizer.Decode(ids.AsSpan(1, ids.Length - 2)).Length >= 0;
        })
        { Ending = ".txt", AllocationBase = 4 << 20, AllocationPerByte = 256 }.Run();
    }

    [TestCase("clap_tiny/config.json")]
    [TestCase("clap_features/preprocessor_config_fused.json")]
    public void Damaged_settings_of_Hugging_Face_do_no_harm(string name)
    {
        byte[] good = File.ReadAllBytes(Goldens.Path("hf/" + name));
        bool tower = name.EndsWith("/config.json", StringComparison.Ordinal);
        new MutationRun(tower ? "hf-config" : "hf-preprocessor", m => m.Text(good), (path, _) =>
        {
            if (tower)
            {
                ClapAudioShape shape = ClapAudioCheckpoint.ReadShape(HuggingFaceConfig.Open(path));
                MutationRun.Require(shape.Layout().Count < 100_000, "a layout");
            }
            else
            {
                MutationRun.Require(ClapFeatureRecipe.Read(path).Frames > 0, "frames");
            }
            return true;
        })
        { Ending = ".json", AllocationBase = 16 << 20, AllocationPerByte = 256 }.Run();
    }

    private bool Encode()
    {
        using SoundModel model = SoundModel.Open(folder);
        float[] embedding = new float[model.Description.Embedding];
        if (model.Description.HasTokenizer)
        {
            model.Text.Encode(["dog"], embedding);
        }
        if (model.Description.HasAudio)
        {
            model.Audio.Encode([new float[model.Audio.WindowSamples]], embedding);
        }
        return true;
    }
}
