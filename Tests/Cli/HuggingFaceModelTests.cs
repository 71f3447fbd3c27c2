using System.Text.Json;
using System.Text.Json.Nodes;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Tests.Indexer;

namespace SoundSearch.Tests.Cli;

/// <summary>Hugging Face's folders of CLAP and CLIP, added from the command line: the original's vectors, search, and clear errors.</summary>
[NonParallelizable] // the console and the environment are shared
public class HuggingFaceModelTests
{
    private string folder = "", models = "";
    private string? before;

    [SetUp]
    public void MakePlace()
    {
        folder = Directory.CreateTempSubdirectory("soundsearch-models-").FullName;
        models = Path.Combine(folder, "models");
        before = Environment.GetEnvironmentVariable("SOUNDSEARCH_MODELS");
        Environment.SetEnvironmentVariable("SOUNDSEARCH_MODELS", models);
    }

    [TearDown]
    public void RemovePlace()
    {
        Environment.SetEnvironmentVariable("SOUNDSEARCH_MODELS", before);
        Directory.Delete(folder, recursive: true);
    }

    [TestCase("clap_tiny", false, "tokenizer.json")]
    [TestCase("clap_tiny_fused", true, "vocab.json")]
    public void CLAP_has_the_originals_vectors_of_texts_and_sounds(string golden, bool fused, string tokenizer)
    {
        string output = Add("clap", "--hf", Clap(golden, fused, tokenizer));
        Assert.That(output, Does.Contain("48,000 Hz in windows of 10 s").And.Contain("501 x 32").And.Contain("RoBERTa").And.Contain("1,000 tokens"));
        Assert.That(output.Contains("with fusion"), Is.EqualTo(fused));
        using SoundModel model = SoundModel.Open(Path.Combine(models, "clap"));
        using SafetensorsFile file = Goldens.Open($"hf/{golden}/golden.safetensors");
        string[] texts = JsonSerializer.Deserialize<string[]>(file.Metadata["texts"])!;
        float[] words = new float[texts.Length * model.Text.Dimensions];
        model.Text.Encode(texts, words);
        Assert.That(Goldens.MaxDifference(words, file.Read("out.text_embeds").Span[..words.Length]), Is.LessThan(1e-5));
        ClapAudioTower tower = ((ClapAudioEncoder)model.Audio).Tower;
        var b = new ClapAudioBuffers(tower, 2);
        tower.Forward(file.Read("input.features").Span, [.. file.Read("input.is_longer").Span.ToArray().Select(v => v != 0)], 2, 501, b);
        float[] sounds = new float[2 * model.Audio.Dimensions];
        UnitLength.Forward(b.Embeddings.Span, sounds, 2, model.Audio.Dimensions);
        Assert.That(Goldens.MaxDifference(sounds, file.Read("out.audio_embeds").Span), Is.LessThan(1e-5));
    }

    [Test]
    public void Sounds_and_imported_vectors_are_found_with_CLAP_side_by_side()
    {
        Add("clap", "--hf", Clap("clap_tiny", fused: false));
        string library = Path.Combine(folder, "library"), sounds = Path.Combine(folder, "sounds");
        using SafetensorsFile golden = Goldens.Open("hf/clap_tiny/golden.safetensors");
        float[] audio = golden.Read("out.audio_embeds").Data.ToArray(), texts = golden.Read("out.text_embeds").Data.ToArray();
        string dump = Path.Combine(folder, "dump.jsonl");
        File.WriteAllLines(dump, Enumerable.Range(0, 2).Select(i => JsonSerializer.Serialize(new
        {
            id = 100 + i,
            name = i == 0 ? "Dog.wav" : "Rain.wav",
            username = "someone",
            tags = new[] { "field-recording" },
            license = "https://creativecommons.org/publicdomain/zero/1.0/",
            duration = 3.5,
            similarity_vectors = new { laion_clap = audio[(32 * i)..(32 * i + 32)].Select(v => 5 * v) }, // of any length
        })));
        (int code, string output, string errors) = CommandLineTests.Run("import", "freesound-vectors", dump, "--library", library, "--model", "clap", "--json");
        Assert.That((code, JsonDocument.Parse(output).RootElement.GetProperty("imported").GetInt32()), Is.EqualTo((0, 2)), errors);
        JsonElement[] hits = Search("A dog barks", library);
        Assert.That(hits.Select(h => h.GetProperty("path").GetString()), Is.EquivalentTo(new[] { "https://freesound.org/s/100", "https://freesound.org/s/101" }));
        foreach (JsonElement hit in hits)
        {
            int i = hit.GetProperty("path").GetString()![^1] - '0';
            double cosine = Enumerable.Range(0, 32).Sum(d => (double)audio[32 * i + d] * texts[d]);
            Assert.That(hit.GetProperty("score").GetDouble(), Is.EqualTo(cosine).Within(1e-3));
            Assert.That(hit.GetProperty("title").GetString(), Is.EqualTo(i == 0 ? "Dog.wav" : "Rain.wav"));
        }
        for (int i = 0; i < 2; i++)
        {
            Tones.Write(Path.Combine(sounds, $"{i}.wav"), i, 1);
        }
        (code, output, errors) = CommandLineTests.Run("index", sounds, "--library", library, "--model", "clap", "--json");
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.That((code, report.GetProperty("indexed").GetInt32(), report.GetProperty("removed").GetInt32()), Is.EqualTo((0, 2, 0)), errors);
        Assert.That(Search("A dog barks", library), Has.Length.EqualTo(4));
        Assert.That(CommandLineTests.Run("search", "dog", "--library", library).Output, Does.Contain("https://freesound.org/s/100  [0:03.5]"));
        Assert.That(CommandLineTests.Run("similar", "https://freesound.org/s/100/", "--library", library, "--json").Output, Does.Contain("s/101").And.Not.Contain("s/100"));
        Assert.That(CommandLineTests.Run("similar", "https://freesound.org/s/7", "--library", library).Code, Is.EqualTo(2));
        (code, _, errors) = CommandLineTests.Run("verify", "--library", library);
        Assert.That(code, Is.Zero, errors);
        Assert.That(CommandLineTests.Run("info", "--library", library).Output, Does.Contain("https://freesound.org").And.Contain("4 files"));
    }

    [Test]
    public void CLIP_has_the_originals_features_of_texts_and_pictures()
    {
        string output = Add("clip", "--hf", Clip());
        Assert.That(output, Does.Contain("64 x 64 pixels").And.Contain("320 tokens").And.Contain("no tokenizer"));
        using SoundModel model = SoundModel.Open(Path.Combine(models, "clip"));
        using SafetensorsFile golden = Goldens.Open("hf/clip_hf_tiny/golden.safetensors"), weights = SafetensorsFile.Open(Path.Combine(models, "clip", "weights.safetensors"));
        TextTowerShape shape = model.Description.Text!;
        int[] ids = [.. golden.ReadAs<long>("input.ids").Select(id => (int)id)];
        var text = new TextTowerBuffers(shape, 8, 16, training: false);
        new TextTower(ParameterSet.Load(shape.Layout(), weights, "text."), shape)
            .Forward(ids, [.. Enumerable.Range(0, 8).Select(r => shape.EndOf(ids.AsSpan(16 * r, 16)))], 8, 16, text);
        Assert.That(Goldens.MaxDifference(text.Embeddings.Span[..(8 * 48)], golden.Read("out.text_features").Span), Is.LessThan(5e-5));
        const int Area = 64 * 64;
        float[] planes = golden.Read("input.pixel_values").Data.ToArray();
        float[] picture = [.. Enumerable.Range(0, planes.Length).Select(i => planes[(i / (3 * Area) * 3 + i % 3) * Area + i / 3 % Area])];
        var image = new AudioTowerBuffers(model.Image, 3, 64, training: false);
        model.Image.Forward(picture, 3, 64, image);
        Assert.That(Goldens.MaxDifference(image.Embeddings.Span[..(3 * 48)], golden.Read("out.image_features").Span), Is.LessThan(5e-5));
    }

    [Test]
    public void A_folders_own_tokenizer_is_used()
    {
        const int Vocabulary = 1024;
        string hf = Clip(t => t.Name.EndsWith("token_embedding.weight", StringComparison.Ordinal)
            ? new Tensor(t.Name, [Vocabulary, 128], (float[])[.. Enumerable.Range(0, Vocabulary).SelectMany(v => t.Data.Slice(v % 320 * 128, 128).ToArray())])
            : t);
        HuggingFaceClipTokenizer tokenizer = HuggingFaceClipTokenizer.Load(Goldens.Path("hf/tok_clip"));
        Edit(Path.Combine(hf, "config.json"), c => (c["text_config"]!["vocab_size"], c["text_config"]!["eos_token_id"]) = (Vocabulary, tokenizer.EndToken));
        File.Copy(Goldens.Path("hf/tok_clip/tokenizer.json"), Path.Combine(hf, "tokenizer.json"));
        Add("clip", "--hf", hf);
        using SoundModel model = SoundModel.Open(Path.Combine(models, "clip"));
        float[] actual = new float[48], expected = new float[48];
        model.Text.Encode(["A dog barks"], actual);
        int[] ids = tokenizer.EncodeWithEnds("A dog barks", 40);
        TextTower tower = ((TextEncoder)model.Text).Tower;
        var b = new TextTowerBuffers(tower.Shape, 1, ids.Length, training: false);
        tower.Forward(ids, [ids.Length - 1], 1, ids.Length, b);
        UnitLength.Forward(b.Embeddings.Span, expected, 1, 48);
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(1e-6));
    }

    [Test]
    public void Another_architecture_is_named()
    {
        Refuse(["clap", "--hf", Clip()], 1, "model_type", "clap");
        string clap = Clap("clap_tiny", fused: false);
        Refuse(["clip", "--hf", clap], 1, "model_type", "clip");
        Refuse(["clip", "--pth", Path.Combine(clap, "model.safetensors")], 1, "model add clap --hf DIR");
        Refuse(["clip"], 2, "--pth FILE or --hf DIR");
        Refuse(["clap", "--hf", Path.Combine(folder, "nowhere")], 2, "does not exist");
    }

    [TestCase("config.json", "config.json")]
    [TestCase("preprocessor_config.json", "preprocessor_config.json")]
    [TestCase("model.safetensors", "pytorch_model.bin")]
    [TestCase("tokenizer.json", "tokenizer.json")]
    public void A_missing_file_is_named(string file, string said)
    {
        string hf = Clap("clap_tiny", fused: false);
        File.Delete(Path.Combine(hf, file));
        Refuse(["clap", "--hf", hf], 1, hf, said);
    }

    [Test]
    public void Weights_in_several_files_are_refused_with_a_remedy()
    {
        string hf = Clap("clap_tiny", fused: false);
        File.Move(Path.Combine(hf, "model.safetensors"), Path.Combine(hf, "model-00001-of-00002.safetensors"));
        File.WriteAllText(Path.Combine(hf, "model.safetensors.index.json"), "{}");
        Refuse(["clap", "--hf", hf], 1, "several files", "max_shard_size");
    }

    [Test]
    public void A_front_end_that_does_not_fit_the_tower_is_refused()
    {
        string hf = Clap("clap_tiny", fused: true);
        Refuse(["clap", "--hf", hf], 1, "preprocessor_config.json", "without fusion");
    }

    [TestCase("text_model.pooler.dense.weight")]
    [TestCase("audio_projection.linear1.bias")]
    [TestCase("audio_model.audio_encoder.layers.2.blocks.1.attention.self.key.weight")]
    public void A_missing_or_misshapen_tensor_of_CLAP_is_named(string name)
    {
        Refuse(["clap", "--hf", Clap("clap_tiny", fused: false, change: t => t.Name == name ? null : t)], 1, name);
        Refuse(["clap", "--hf", Clap("clap_tiny", fused: false, change: t => t.Name == name ? new Tensor(name, [3], new float[3]) : t)], 1, name, "[3]");
    }

    [Test]
    public void A_truncated_file_is_refused()
    {
        string hf = Clap("clap_tiny", fused: false), weights = Path.Combine(hf, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, bytes[..(bytes.Length / 2)]);
        Refuse(["clap", "--hf", hf], 1, weights, "data_offsets");
    }

    private static string Add(params string[] arguments)
    {
        (int code, string output, string errors) = CommandLineTests.Run(["model", "add", .. arguments]);
        Assert.That(code, Is.Zero, errors);
        return output;
    }

    private void Refuse(string[] arguments, int code, params string[] said)
    {
        (int actual, _, string errors) = CommandLineTests.Run(["model", "add", .. arguments]);
        Assert.That(actual, Is.EqualTo(code), errors);
        foreach (string words in said)
        {
            Assert.That(errors, Does.Contain(words));
        }
        Assert.That(Directory.Exists(models) && Directory.EnumerateFileSystemEntries(models).Any(), Is.False);
    }

    private static JsonElement[] Search(string text, string library)
    {
        (int code, string output, string errors) = CommandLineTests.Run("search", text, "--library", library, "--vector-only", "--json");
        Assert.That(code, Is.Zero, errors);
        return [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
    }

    /// <summary>A golden model with the tokenizer it was made with and a front end of its 501 frames x 32 mels.</summary>
    private string Clap(string golden, bool fused, string tokenizer = "tokenizer.json", Func<Tensor, Tensor?>? change = null)
    {
        string hf = Copy(golden, change);
        foreach (string file in tokenizer == "tokenizer.json" ? [tokenizer] : (string[])["vocab.json", "merges.txt"])
        {
            File.Copy(Goldens.Path($"hf/tok_roberta/{file}"), Path.Combine(hf, file));
        }
        JsonNode settings = JsonNode.Parse(File.ReadAllText(Goldens.Path($"hf/clap_features/preprocessor_config_{(fused ? "fused" : "unfused")}.json")))!;
        (settings["feature_size"], settings["hop_length"]) = (32, 960);
        File.WriteAllText(Path.Combine(hf, "preprocessor_config.json"), settings.ToJsonString());
        return hf;
    }

    private string Clip(Func<Tensor, Tensor?>? change = null) => Copy("clip_hf_tiny", change);

    private string Copy(string golden, Func<Tensor, Tensor?>? change)
    {
        string hf = Directory.CreateDirectory(Path.Combine(folder, Guid.NewGuid().ToString("N"), golden)).FullName;
        File.Copy(Goldens.Path($"hf/{golden}/config.json"), Path.Combine(hf, "config.json"));
        if (change is null)
        {
            File.Copy(Goldens.Path($"hf/{golden}/model.safetensors"), Path.Combine(hf, "model.safetensors"));
            return hf;
        }
        using SafetensorsFile file = Goldens.Open($"hf/{golden}/model.safetensors");
        SafetensorsFile.Write(Path.Combine(hf, "model.safetensors"), file.Entries.Keys.Select(name => change(file.Read(name))).OfType<Tensor>());
        return hf;
    }

    private static void Edit(string path, Action<JsonNode> edit)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        edit(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
