using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Training.Backward;
using SoundSearch.Training.Tokenizer;

namespace SoundSearch.Tests.Engine.Models;

public class SoundModelTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("model").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void A_saved_model_opens_with_its_description()
    {
        ModelDescription saved = Save();
        using SoundModel model = SoundModel.Open(folder);
        Assert.That(model.Description.Name, Is.EqualTo("tiny"));
        Assert.That(model.Description.Audio!.Stem, Is.EqualTo(StemKind.Conv));
        Assert.That(model.Description.Audio.StemChannels, Is.EqualTo(saved.Audio!.StemChannels));
        Assert.That(model.Description.Text, Is.EqualTo(saved.Text));
        Assert.That(model.Description.Window, Is.EqualTo(saved.Window));
        Assert.That(model.Fingerprint, Does.Match("^[0-9a-f]{64}$"));
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "model.json", "weights.safetensors", "merges.txt.gz", "source.txt" }));
    }

    [Test]
    public void Texts_give_unit_vectors_that_do_not_depend_on_their_neighbours()
    {
        Save();
        using SoundModel model = SoundModel.Open(folder);
        string[] texts = [.. Enumerable.Range(0, 19).Select(i => string.Concat(Enumerable.Repeat("dog barks ", i % 7)))];
        float[] together = new float[texts.Length * 5], alone = new float[5];
        model.Text.Encode(texts, together);
        for (int i = 0; i < texts.Length; i++)
        {
            model.Text.Encode([texts[i]], alone);
            Assert.That(alone.Sum(v => v * v), Is.EqualTo(1).Within(1e-5));
            Assert.That(Goldens.MaxDifference(together.AsSpan(i * 5, 5), alone), Is.LessThan(1e-5));
        }
    }

    [Test]
    public void Vectors_are_measured_from_their_towers_centre_and_of_unit_length()
    {
        float[] audio = [0.25f, -0.5f, 0, 0.25f, 1], text = [-0.125f, 0.5f, 0.75f, 0, -1]; // exact in float16
        string[] texts = ["dog", "a bat"];
        ReadOnlyMemory<float>[] windows = [GradientCheck.Noise(5000, 1, 0.5f), GradientCheck.Noise(12_800, 2, 0.5f)];
        Save();
        (float[] read, float[] heard) = Encode();
        Save(centre: [.. audio, .. text]);
        (float[] centredTexts, float[] centredSounds) = Encode();
        using SoundModel centred = SoundModel.Open(folder);
        float[] own = new float[10];
        centred.UncentredText.Encode(texts, own);
        Assert.Multiple(() =>
        {
            Assert.That(own, Is.EqualTo(read));
            Assert.That(centredTexts, Is.EqualTo(Centred(read, text)).Within(1e-6f));
            Assert.That(centredSounds, Is.EqualTo(Centred(heard, audio)).Within(1e-6f));
        });

        (float[], float[]) Encode()
        {
            using SoundModel model = SoundModel.Open(folder);
            float[] read = new float[10], heard = new float[10];
            model.Text.Encode(texts, read);
            model.Audio.Encode(windows, heard);
            return (read, heard);
        }

        static float[] Centred(float[] vectors, float[] centre) => [.. vectors.Chunk(5).SelectMany(v =>
        {
            float[] less = [.. v.Zip(centre, (x, c) => x - c)];
            return less.Select(x => x / MathF.Sqrt(less.Sum(y => y * y)));
        })];
    }

    [Test]
    public void A_centre_of_another_length_is_refused_by_name()
    {
        Save(centre: new float[8]);
        Assert.That(() => SoundModel.Open(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("centre.audio"));
    }

    [Test]
    public void Windows_give_the_same_bytes_alone_together_and_on_many_threads()
    {
        Save();
        using SoundModel model = SoundModel.Open(folder);
        Assert.That((model.Audio.SampleRate, model.Audio.WindowSamples, model.Audio.Dimensions), Is.EqualTo((32_000, 12_800, 5)));
        ReadOnlyMemory<float>[] windows = [.. Enumerable.Range(0, 11).Select(i => (ReadOnlyMemory<float>)GradientCheck.Noise(i == 3 ? 5000 : 12_800, i, 0.5f))];
        float[] together = new float[windows.Length * 5];
        model.Audio.Encode(windows, together);
        Parallel.For(0, windows.Length, i =>
        {
            float[] alone = new float[5];
            model.Audio.Encode([windows[i]], alone);
            Assert.That(alone.Sum(v => v * v), Is.EqualTo(1).Within(1e-5));
            Assert.That(alone, Is.EqualTo(together[(i * 5)..(i * 5 + 5)]));
        });
    }

    [Test]
    public void Too_little_room_for_the_embeddings_is_refused()
    {
        Save();
        using SoundModel model = SoundModel.Open(folder);
        Assert.That(() => model.Text.Encode(["a", "b"], new float[9]), Throws.ArgumentException.With.Message.Contains("10"));
        Assert.That(() => model.Audio.Encode([new float[8]], new float[4]), Throws.ArgumentException.With.Message.Contains("5"));
    }

    [Test]
    public void The_fingerprint_follows_weights_and_recipe_but_not_words()
    {
        string original = Fingerprint(d => d);
        Assert.That(Fingerprint(d => d), Is.EqualTo(original));
        Assert.That(Fingerprint(d => d with { Licence = "MIT", TrainingData = "others" }), Is.EqualTo(original));
        Assert.That(Fingerprint(d => d with { RecipeVersion = 2 }), Is.Not.EqualTo(original));
        Assert.That(Fingerprint(d => d with { Window = new WindowRule(0.4, 0.25) }), Is.Not.EqualTo(original));
        Assert.That(Fingerprint(d => d, seed: 2), Is.Not.EqualTo(original));
    }

    [Test]
    public void A_description_that_contradicts_the_weights_is_refused_at_open()
    {
        Save();
        string path = Path.Combine(folder, "model.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"layers\": 1", "\"layers\": 2"));
        Assert.That(() => SoundModel.Open(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains("resblocks.1"));
    }

    [TestCase("\"format\": 1", "\"format\": 99", "Update")]
    [TestCase("\"embedding\": 5", "\"embedding\": -5", "tower")]
    [TestCase("\"overlap\": 0.5", "\"overlap\": 1.5", "Overlap")]
    [TestCase("\"weights.safetensors\"", "\"../weights.safetensors\"", "own folder")]
    [TestCase("\"layers\": 1", "\"layers\": 2147483647", "tower")]
    [TestCase("\"heads\": 2", "\"heads\": 3", "tower")]
    [TestCase("\"heads\": 2", "\"heads\": 0", "tower")]
    [TestCase("\"stem\": \"conv\"", "\"stem\": \"patch\"", "tower")]
    [TestCase("\"frames\": 40", "\"frames\": 2000000000", "tower")]
    [TestCase("\"stemChannels\"", "\"other\"", "tower")]
    [TestCase("\"bins\": 128", "\"bins\": 64", "bins")]
    [TestCase("\"seconds\": 0.4", "\"seconds\": 0.000001", "cut")]
    [TestCase("\"overlap\": 0.5", "\"overlap\": 0.99999", "cut")]
    [TestCase("\"tensors\"", "\"other\"", "own folder")]
    [TestCase("\"weights.safetensors\"", "\"..\"", "own folder")]
    [TestCase("\"weights.safetensors\"", "\"a\\u0000b\"", "own folder")]
    [TestCase("\"kind\": \"logMel\"", "\"kind\": \"smell\"", "features.kind")]
    [TestCase("\"kind\": \"logMel\"", "\"kind\": \"vipAnt\"", "sample rate")]
    [TestCase("{", "[", "description")]
    [TestCase("\"name\": \"tiny\",", "", "name")]
    public void A_bad_description_is_refused_with_path_and_reason(string good, string bad, string reason)
    {
        Save();
        string path = Path.Combine(folder, "model.json"), json = File.ReadAllText(path);
        Assert.That(json, Does.Contain(good));
        File.WriteAllText(path, json.Replace(good, bad));
        Assert.That(() => SoundModel.Open(folder), Throws.TypeOf<FileFormatException>().With.Message.Contains(path).And.Message.Contains(reason));
    }

    // Libraries hold it: if this test fails, a member that was added to the description is written where it is not set.
    [Test]
    public void The_fingerprint_of_the_shipped_model_stays_what_it_is()
    {
        string pocket = Path.Combine(TestContext.CurrentContext.TestDirectory, "models", "pocket");
        Assert.That(ModelFolder.Fingerprint(pocket, ModelFolder.ReadDescription(pocket)), Is.EqualTo("8319772b4459952f4df0a33701a79bf62f1a3c13acd13758f11e2d1dba4e6e5f"));
    }

    [Test]
    public void A_model_may_hear_as_VIP_ANT_does()
    {
        Save(d => d with { Features = new FeatureRecipe(FeatureKind.VipAnt, 100) { SampleRate = 16_000 }, Window = new WindowRule(1) });
        using SoundModel model = SoundModel.Open(folder);
        Assert.That((model.Audio.SampleRate, model.Audio.WindowSamples), Is.EqualTo((16_000, 16_000)));
        float[] embedding = new float[5];
        model.Audio.Encode([GradientCheck.Noise(16_000, 1)], embedding);
        Assert.That(embedding.Sum(v => v * v), Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void Missing_files_are_named()
    {
        Assert.That(() => SoundModel.Open(folder), Throws.InstanceOf<IOException>().With.Message.Contains("model.json"));
        Save();
        File.Delete(Path.Combine(folder, "weights.safetensors"));
        Assert.That(() => SoundModel.Open(folder), Throws.InstanceOf<IOException>().With.Message.Contains("weights.safetensors"));
    }

    [Test]
    public void A_tokenizer_of_another_vocabulary_is_refused()
    {
        Save();
        BpeTrainer.Write(Path.Combine(folder, "merges.txt.gz"), [("a", "b")]);
        using SoundModel model = SoundModel.Open(folder);
        Assert.That(() => model.Text, Throws.TypeOf<FileFormatException>().With.Message.Contains("tokens"));
    }

    private string Fingerprint(Func<ModelDescription, ModelDescription> change, int seed = 1)
    {
        Save(change, seed);
        using SoundModel model = SoundModel.Open(folder);
        return model.Fingerprint;
    }

    private ModelDescription Save(Func<ModelDescription, ModelDescription>? change = null, int seed = 1, float[]? centre = null)
    {
        string merges = Path.Combine(folder, "source.txt");
        BpeTrainer.Write(merges, [("d", "o"), ("do", "g</w>"), ("b", "a")]);
        var description = new ModelDescription
        {
            Name = "tiny",
            Version = "1",
            Licence = "CC0-1.0",
            TrainingData = "none",
            RecipeVersion = 1,
            Audio = new AudioTowerShape
            {
                Stem = StemKind.Conv,
                Frames = 40,
                Bins = 128,
                StemChannels = [2, 3, 4],
                Width = 16,
                Heads = 2,
                Layers = 1,
                Embedding = 5,
                Pool = Pool.Mean,
            },
            Text = new TextTowerShape(512 + 2 + 3, 30, 16, 2, 1, 5),
            Features = new FeatureRecipe(FeatureKind.LogMel, 40),
            Window = new WindowRule(0.4, 0.5),
        };
        description = change?.Invoke(description) ?? description;
        var audio = new ParameterSet(description.Audio!.Layout());
        var text = new ParameterSet(description.Text!.Layout());
        GradientCheck.Randomise(audio, seed);
        GradientCheck.Randomise(text, seed + 1000);
        ParameterSet? centres = centre is null ? null : new ParameterSet(SoundModel.CentreLayout(centre.Length / 2));
        centre?.CopyTo(centres!.Values);
        ModelFolder.Save(folder, new ModelContents(description) { Audio = audio, Text = text, Centre = centres, Files = { [description.Merges] = File.ReadAllBytes(merges) } }, half: true);
        return description;
    }
}
