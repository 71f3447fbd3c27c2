using System.Text.Json;
using SoundSearch.Cli;
using SoundSearch.Engine.Features;
using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Engine.Text;
using SoundSearch.Training.Clips;
using SoundSearch.Training.Contrastive;
using SoundSearch.Training.Pictures;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Tests.Cli;

/// <summary>Checkpoints in OpenAI's and VIP-ANT's forms, added from the command line: vectors as the original's, and clear errors.</summary>
[NonParallelizable] // the console and the environment are shared
public class ModelAddTests
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

    [Test]
    public void A_checkpoint_of_four_parts_with_CLIPs_text_tower_has_the_originals_embeddings()
    {
        string output = Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", Goldens.Path("clip_tiny.pth"), "--licence", "MIT");
        Assert.That(output, Does.Contain("1000 x 128").And.Contain("16,000 Hz").And.Contain("every 16 x 24").And.Contain("MIT").And.Contain("320 tokens"));
        using SafetensorsFile audio = Goldens.Open("audio_head_tiny.safetensors");
        Check(Audio("vip-ant", Values(audio, "input.fbank"), 2, 1000), audio, "out.embedding", 5e-5f);
        using SafetensorsFile text = Goldens.Open("text_head.safetensors");
        Check(Text("vip-ant", text, "tokens77"), text, "out77.embedding", 1e-4f);
        using SoundModel model = SoundModel.Open(Path.Combine(models, "vip-ant"));
        Assert.That(model.Audio.WindowSamples, Is.EqualTo(160_800)); // 10.05 s, as the original crops
        Assert.That(model.Description.TrainingData, Does.Contain("CVALP").And.Contain("audiocaps_train").And.Contain("clip_tiny.pth"));
    }

    [Test]
    public void A_checkpoint_of_two_parts_makes_a_model_that_only_hears()
    {
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt2.pth"), "--name", "ears");
        using SafetensorsFile golden = Goldens.Open("audio_head_ckpt2.safetensors"), inputs = Goldens.Open("audio_head_2heads.safetensors");
        Check(Audio("ears", Values(inputs, "input.fbank")[..(100 * 128)], 1, 100), golden, "out.embedding", 5e-5f);
        using SoundModel model = SoundModel.Open(Path.Combine(models, "ears"));
        Assert.That(() => model.Text, Throws.InvalidOperationException.With.Message.Contains("no text tower"));
    }

    [Test]
    public void A_run_of_a_recipe_becomes_a_model_that_hears_as_the_run_measured_and_reads_as_its_frozen_tower()
    {
        string run = Path.Combine(folder, "mine-1");
        var shape = new AudioTowerShape { Frames = 64, Bins = 128, PatchHeight = 16, PatchWidth = 128, StrideHeight = 16, StrideWidth = 128, Width = 64, Heads = 1, Layers = 1, Embedding = 384, Pool = Pool.Mean };
        Run(run, shape, RecipeKind.Clips);
        string output = Add("run", "--run", run, "--licence", "CC0-1.0");
        Assert.That(output, Does.Contain("CC0-1.0").And.Contain("Recipe mine, seed 1").And.Contain("three videos"));
        using SoundModel made = SoundModel.Open(Path.Combine(models, "trained")), pocket = ModelLocation.Open(null);
        Assert.That(made.Audio.WindowSamples, Is.EqualTo(64 * LogMel.Hop).Within(LogMel.Hop));
        float[] bark = new float[384], own = new float[384];
        made.Text.Encode(["a dog barks"], bark);
        pocket.UncentredText.Encode(["a dog barks"], own);
        Assert.That(bark, Is.EqualTo(own).Within(1e-4f));
        // The tower itself, on a sound of one window.
        float[] samples = [.. Enumerable.Range(0, made.Audio.WindowSamples).Select(t => 0.3f * MathF.Sin(t * 0.1f))], heard = new float[384], expected = new float[384];
        made.Audio.Encode([samples], heard);
        AudioTower tower = RecipeRun.Load(run, shape);
        float[] power = new float[LogMel.FrameCount(samples.Length) * 128], features = new float[64 * 128];
        LogMel.Power(samples, samples.Length, power);
        power.AsSpan(0, Math.Min(power.Length, features.Length)).CopyTo(features);
        LogMel.Normalise(features, features);
        var buffers = new AudioTowerBuffers(tower, 1, 64, training: false);
        tower.Forward(features, 1, 64, buffers);
        UnitLength.Forward(buffers.Embeddings.Span, expected, 1, 384);
        Assert.That(System.Numerics.Tensors.TensorPrimitives.CosineSimilarity<float>(heard, expected), Is.GreaterThan(0.9999f));
    }

    [Test]
    public void A_run_that_is_none_or_of_another_kind_or_space_is_refused_and_nothing_is_installed()
    {
        string run = Path.Combine(folder, "mine-1");
        var shape = new AudioTowerShape { Frames = 64, Bins = 128, PatchHeight = 16, PatchWidth = 128, StrideHeight = 16, StrideWidth = 128, Width = 64, Heads = 1, Layers = 1, Embedding = 384, Pool = Pool.Mean };
        string Refused(params string[] arguments)
        {
            (int code, _, string errors) = CommandLineTests.Run(["model", "add", "run", "--run", run, .. arguments]);
            Assert.That(code, Is.Not.Zero);
            return errors;
        }
        Assert.That(Refused(), Does.Contain("does not exist"));
        Directory.CreateDirectory(run);
        Assert.That(Refused(), Does.Contain("card.json is not there"));
        Run(run, shape with { Embedding = 32 }, RecipeKind.Clips);
        Assert.That(Refused(), Does.Contain("32 values").And.Contain("384").And.Contain("--model"));
        Run(run, shape with { Frames = 64, Bins = 64, Channels = 3, PatchHeight = 8, PatchWidth = 8, StrideHeight = 8, StrideWidth = 8 }, RecipeKind.PictureTower);
        Assert.That(Refused(), Does.Contain("pictures"));
        Assert.That(Directory.Exists(Path.Combine(models, "trained")), Is.False);
    }

    [Test]
    public void Positions_are_resized_for_longer_sounds()
    {
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--seconds", "18", "--sample-rate", "32000");
        using SafetensorsFile tiny = Goldens.Open("audio_head_tiny.safetensors"), golden = Goldens.Open("audio_head_1800.safetensors");
        Check(Audio("vip-ant", Values(tiny, "input.fbank")[..(1800 * 128)], 1, 1800), golden, "out_1800.embedding", 1e-4f);
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(models, "vip-ant", "weights.safetensors"));
        Assert.That(Goldens.MaxDifference(weights.Read("audio.misc.positional_embedding").Span, golden.Read("pos_1800").Span), Is.LessThan(2e-5));
        using SoundModel model = SoundModel.Open(Path.Combine(models, "vip-ant"));
        Assert.That((model.Audio.SampleRate, model.Audio.WindowSamples), Is.EqualTo((32_000, 577_600)));
    }

    [Test]
    public void Without_its_configuration_a_checkpoint_is_recognised_by_its_shapes()
    {
        string file = Rewrite("audio_head_ckpt4.pth", "audio.safetensors", t => t.Name.StartsWith("model.1.", StringComparison.Ordinal) ? t with { Name = t.Name["model.1.".Length..] } : null);
        Add("vip-ant", "--audio", file);
        using SafetensorsFile golden = Goldens.Open("audio_head_tiny.safetensors");
        Check(Audio("vip-ant", Values(golden, "input.fbank"), 2, 1000), golden, "out.embedding", 5e-5f);
    }

    [TestCase("clip_tiny.pth", "text_head.safetensors", "out77.embedding", "image_head.safetensors", "out.embedding")]
    [TestCase("clip_tiny_jit.pt", "clip_tiny_jit.safetensors", "out.text_embedding", "clip_tiny_jit.safetensors", "out.image_embedding")]
    public void CLIP_has_the_originals_texts_and_images_in_both_forms(string file, string texts, string textName, string images, string imageName)
    {
        string output = Add("clip", "--pth", Goldens.Path(file));
        Assert.That(output, Does.Contain("112 x 112 pixels").And.Contain("audio     none"));
        using SafetensorsFile text = Goldens.Open(texts), image = Goldens.Open(images), picture = Goldens.Open("image_head.safetensors");
        Check(Text("clip", text, "tokens77"), text, textName, 1e-4f);
        using SoundModel model = SoundModel.Open(Path.Combine(models, "clip"));
        var b = new AudioTowerBuffers(model.Image, 2, 112, training: false);
        model.Image.Forward(ChannelsLast(Values(picture, "input.image"), 2, 112 * 112), 2, 112, b);
        Check(b.Embeddings.ToArray(), image, imageName, 1e-4f);
        Assert.That(() => model.Audio, Throws.InvalidOperationException.With.Message.Contains("no audio tower"));
        Assert.That(() => model.Text, Throws.InvalidOperationException.With.Message.Contains("no tokenizer")); // 320 tokens are too few for CLIP's
    }

    [Test]
    public void A_text_tower_that_was_trained_with_the_audio_tower_is_taken_from_the_checkpoint()
    {
        // CLIP's text tower under VIP-ANT's names, as the third of four parts.
        string Name(string clip) => "model.2." + clip.Replace("positional_embedding", "misc.positional_embedding").Replace("text_projection", "post_encoder.proj")
            .Replace("token_embedding.", "pre_encoder.token_embedding.").Replace("ln_final.", "post_encoder.ln.").Replace("transformer.", "encoder.");
        using PyTorchArchive clip = PyTorchArchive.Open(Goldens.Path("clip_tiny.pth"));
        Tensor[] trained = [.. clip.Tensors.Values.Where(t => !t.Name.StartsWith("visual.", StringComparison.Ordinal) && t.Name != "logit_scale").Select(t => t with { Name = Name(t.Name) })];
        string file = Rewrite("audio_head_ckpt4.pth", "a.safetensors", t => t, trained);
        Add("vip-ant", "--audio", file);
        using SafetensorsFile text = Goldens.Open("text_head.safetensors");
        Check(Text("vip-ant", text, "tokens77"), text, "out77.embedding", 1e-4f);
    }

    [Test]
    public void An_audio_tower_starts_from_an_added_models_image_tower()
    {
        Add("clip", "--pth", Goldens.Path("clip_tiny.pth"));
        using SoundModel clip = SoundModel.Open(Path.Combine(models, "clip"));
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("clip_tiny.pth"));
        AudioTowerShape shape = clip.Description.Image! with { Frames = 1000, Bins = 128, Channels = 1, PatchHeight = 32, PatchWidth = 32, StrideHeight = 16, StrideWidth = 24 };
        ParameterSet direct = ClipVisual.Load(shape, archive.Tensors.GetValueOrDefault, archive.Path), added = ClipVisual.Load(shape, clip.Image.Parameters, clip.Folder);
        Assert.That(added.Values.SequenceEqual(direct.Values));
        Assert.That(added.Get("misc.positional_embedding", 306, 64).Span.ContainsAnyExcept(0f));
    }

    [Test]
    public void CLIPs_own_merges_come_with_the_program_and_make_its_vocabulary()
    {
        string merges = Path.Combine(folder, "merges.txt");
        File.WriteAllBytes(merges, ClipMerges.Take(SoundSearch.Cli.ModelLocation.ClipMerges, ClipTokenizer.OpenAiMerges));
        ClipTokenizer cut = ClipTokenizer.Load(merges), whole = ClipTokenizer.Load(Goldens.Path("clip/bpe_simple_vocab_16e6.txt.gz"));
        Assert.That((cut.VocabularySize, cut.StartToken, cut.EndToken), Is.EqualTo((49_408, 49_406, 49_407)));
        const string Text = "Heavy rain on a tin roof, d\u00e9j\u00e0 vu \ud83d\udd0a 1234 o'clock!";
        Assert.That(cut.Encode(Text), Is.EqualTo(whole.Encode(Text)));
    }

    [Test]
    public void Weights_keep_their_precision()
    {
        const string Fine = "model.1.post_encoder.proj", Coarse = "model.1.post_encoder.ln.weight"; // all of this file's are float16 numbers
        string file = Rewrite("audio_head_ckpt4.pth", "a.safetensors", t => t.Name == Fine ? new Tensor(t.Name, t.Shape, t.Data.ToArray().Select(v => v + 1e-5f).ToArray()) : t);
        Add("vip-ant", "--audio", file);
        using SafetensorsFile written = SafetensorsFile.Open(Path.Combine(models, "vip-ant", "weights.safetensors")), source = SafetensorsFile.Open(file);
        Assert.Multiple(() =>
        {
            foreach (string name in written.Entries.Keys)
            {
                Assert.That(written.Read(name).Data.ToArray(), Is.EqualTo(source.Read("model.1." + name["audio.".Length..]).Data.ToArray()), name);
            }
            Assert.That(written.Entries["audio." + Fine["model.1.".Length..]].DType, Is.EqualTo("F32"));
            Assert.That(written.Entries["audio." + Coarse["model.1.".Length..]].DType, Is.EqualTo("F16"));
        });
    }

    [Test]
    public void A_folder_of_sounds_is_indexed_and_searched_with_an_added_model()
    {
        string text = Wide("text.safetensors", 512 + 1000 + 2);
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", text);
        string sounds = Sounds();
        (int code, string output, string errors) = CommandLineTests.Run("index", sounds, "--model", "vip-ant", "--json");
        Assert.That(code, Is.Zero, errors);
        Assert.That(JsonDocument.Parse(output).RootElement.GetProperty("indexed").GetInt32(), Is.EqualTo(3));
        (code, output, errors) = CommandLineTests.Run("search", "a dog barks", "--library", Path.Combine(sounds, ".soundsearch"), "--vector-only", "--json");
        Assert.That(code, Is.Zero, errors);
        JsonElement[] hits = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.That(hits, Has.Length.EqualTo(3));
        // The same cosine by hand: the text's vector and the sound's.
        using SoundModel model = SoundModel.Open(Path.Combine(models, "vip-ant"));
        float[] question = new float[32], sound = new float[32];
        model.Text.Encode(["a dog barks"], question);
        string path = hits[0].GetProperty("path").GetString()!;
        sound = [.. SoundSearch.Indexer.SoundEncoder.EncodeWhole(path, new SoundSearch.Indexer.IndexModel(model))];
        Assert.That(hits[0].GetProperty("score").GetDouble(), Is.EqualTo(question.Zip(sound, (a, b) => a * b).Sum()).Within(1e-3));
        Assert.That(CommandLineTests.Run("verify", "--library", Path.Combine(sounds, ".soundsearch")).Code, Is.Zero);
    }

    [Test]
    public void A_model_that_cannot_hear_is_refused_for_indexing_only_then()
    {
        Add("clip", "--pth", Goldens.Path("clip_tiny.pth"));
        (int code, _, string errors) = CommandLineTests.Run("index", Sounds(), "--model", "clip");
        Assert.That((code, errors), Is.EqualTo((1, errors)).And.Matches<(int, string)>(r => r.Item2.Contains("'clip' has no audio tower")));
    }

    [Test]
    public void The_merges_are_cut_to_the_vocabulary_so_that_start_and_end_are_last()
    {
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", Wide("text.safetensors", 512 + 7 + 2));
        Assert.That(File.ReadAllLines(Path.Combine(models, "vip-ant", "merges.txt")), Is.EqualTo(new[] { "#version: 0.2", "i n", "t h", "a n", "r e", "a r", "e r", "th e</w>" }));
        using SoundModel model = SoundModel.Open(Path.Combine(models, "vip-ant"));
        Assert.That(() => model.Text.Encode(["the train"], new float[32]), Throws.Nothing);
    }

    [Test]
    public void Own_merges_may_be_given_and_must_be_enough()
    {
        string merges = Path.Combine(folder, "m.txt"), text = Wide("text.safetensors", 512 + 2 + 2);
        File.WriteAllText(merges, "#version: 0.2\nd o\ndo g</w>\nc a\n");
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", text, "--merges", merges);
        Assert.That(File.ReadAllLines(Path.Combine(models, "vip-ant", "merges.txt")), Has.Length.EqualTo(3));
        Refuse(1, ["clip", "--pth", Goldens.Path("clip_tiny.pth"), "--merges", Path.Combine(folder, "none")], 2, "does not exist");
        File.WriteAllText(merges, "#version: 0.2\nd o\n");
        Refuse(1, ["vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", text, "--merges", merges, "--name", "b"], 1, merges, "2 merges");
    }

    [Test]
    public void A_name_that_is_taken_is_refused_unless_forced()
    {
        string[] add = ["clip", "--pth", Goldens.Path("clip_tiny.pth"), "--name", "x"];
        Add(add);
        Refuse(1, add, 2, "--force");
        File.WriteAllText(Path.Combine(models, "x", "model.json"), "damaged");
        Add([.. add, "--force"]);
        Assert.That(SoundModel.Open(Path.Combine(models, "x")).Description.Name, Is.EqualTo("x"));
        Refuse(1, ["clip", "--pth", Goldens.Path("clip_tiny.pth"), "--name", "pocket"], 2, "came with the program");
        Refuse(1, ["clip", "--pth", Goldens.Path("clip_tiny.pth"), "--name", "../x"], 2, "no name for a model");
    }

    [Test]
    public void Added_models_are_listed_described_and_removed()
    {
        Add("vip-ant", "--audio", Goldens.Path("audio_head_ckpt2.pth"), "--name", "ears");
        Assert.That(CommandLineTests.Run("model", "list").Output, Does.Contain("pocket").And.Match("ears +1 +audio +32 +unknown"));
        JsonElement info = JsonDocument.Parse(CommandLineTests.Run("model", "info", "ears", "--json").Output).RootElement;
        Assert.That((info.GetProperty("dimensions").GetInt32(), info.GetProperty("sampleRate").GetInt32()), Is.EqualTo((32, 16_000)));
        Assert.That(CommandLineTests.Run("model", "remove", "ears").Code, Is.Zero);
        Assert.That(Directory.GetFileSystemEntries(models), Is.Empty);
        Assert.That(CommandLineTests.Run("model", "remove", "ears").Code, Is.EqualTo(2));
        Assert.That(CommandLineTests.Run("model", "remove", "pocket").Errors, Does.Contain("stays"));
    }

    [Test]
    public void A_damaged_model_does_not_hide_the_others()
    {
        Directory.CreateDirectory(Path.Combine(models, "bad"));
        File.WriteAllText(Path.Combine(models, "bad", "model.json"), "{");
        (int code, string output, string errors) = CommandLineTests.Run("model", "list");
        Assert.That((code, output.Contains("pocket"), errors.Contains("model.json")), Is.EqualTo((0, true, true)));
    }

    [Test]
    public void Towers_of_different_spaces_are_refused_with_both_files()
    {
        string text = Rewrite("clip_tiny.pth", "text.safetensors", t => t.Name == "text_projection" ? new Tensor(t.Name, [128, 48], new float[128 * 48]) : t);
        Refuse(0, ["vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), "--text", text], 1, text, "audio_head_ckpt4.pth", "32", "48");
    }

    [TestCase("model.1.post_encoder.proj")]
    [TestCase("model.1.encoder.resblocks.0.mlp.c_fc.weight")]
    [TestCase("model.1.misc.class_embedding")]
    public void A_missing_tensor_is_named(string name)
    {
        string file = Rewrite("audio_head_ckpt4.pth", "a.safetensors", t => t.Name == name ? null : t);
        Refuse(0, ["vip-ant", "--audio", file], 1, file, name["model.1.".Length..]);
    }

    [TestCase("model.1.encoder.resblocks.1.attn.in_proj_weight", "[192, 64]")]
    [TestCase("model.1.misc.positional_embedding", "positions for a grid")]
    [TestCase("model.1.pre_encoder.conv1.weight", "4 dimensions")]
    public void A_wrong_shape_is_named_with_what_was_expected(string name, string expected)
    {
        string file = Rewrite("audio_head_ckpt4.pth", "a.safetensors", t => t.Name == name ? new Tensor(name, [63, 64], new float[63 * 64]) : t);
        Refuse(0, ["vip-ant", "--audio", file], 1, file, expected);
    }

    [Test]
    public void A_file_of_another_architecture_is_told_what_it_is()
    {
        Refuse(0, ["vip-ant", "--audio", Goldens.Path("clip_tiny.pth")], 1, "clip_tiny.pth", "CLIP in OpenAI's form");
        Refuse(0, ["clip", "--pth", Goldens.Path("audio_head_ckpt4.pth")], 1, "model add vip-ant");
        Refuse(0, ["clip", "--pth", Goldens.Path("pth_views.pth")], 1, "unknown architecture", "Supported are");
        string resnet = Rewrite("clip_tiny.pth", "rn50.safetensors", t => t.Name.StartsWith("visual.", StringComparison.Ordinal) ? null : t,
            new Tensor("visual.layer1.0.conv1.weight", [1], new float[1]));
        Refuse(0, ["clip", "--pth", resnet], 1, "ResNet");
    }

    [Test]
    public void Damaged_and_old_files_are_refused_and_leave_nothing_behind()
    {
        byte[] whole = File.ReadAllBytes(Goldens.Path("audio_head_ckpt4.pth"));
        string cut = Path.Combine(folder, "cut.pth"), old = Path.Combine(folder, "old.pt"), text = Path.Combine(folder, "text.pt");
        File.WriteAllBytes(cut, whole[..(whole.Length / 2)]);
        File.WriteAllBytes(old, [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, .. new byte[100]]);
        File.WriteAllText(text, "not a checkpoint");
        Refuse(0, ["vip-ant", "--audio", cut], 1, cut, "zip");
        Refuse(0, ["vip-ant", "--audio", old], 1, old, "save it again");
        Refuse(0, ["clip", "--pth", text], 1, text);
        Refuse(0, ["clip", "--pth", Path.Combine(folder, "nothing.pt")], 2, "does not exist");
    }

    [TestCase("--seconds", "0")]
    [TestCase("--seconds", "ten")]
    [TestCase("--sample-rate", "1")]
    public void Numbers_out_of_range_are_wrong_usage(string option, string value) =>
        Refuse(0, ["vip-ant", "--audio", Goldens.Path("audio_head_ckpt4.pth"), option, value], 2, option);

    /// <summary>What a finished run of random weights leaves.</summary>
    private static void Run(string run, AudioTowerShape shape, RecipeKind kind)
    {
        Directory.CreateDirectory(run);
        var recipe = new RunRecipe
        {
            Kind = kind,
            Tower = shape,
            Contrastive = new ContrastiveOptions(),
            Clips = kind == RecipeKind.Clips ? new ClipOptions() : null,
            Pictures = kind == RecipeKind.PictureTower ? new PictureOptions() : null,
        };
        File.WriteAllText(Path.Combine(run, RecipeRun.RecipeName), recipe.ToJson());
        SafetensorsFile.Write(Path.Combine(run, ContrastiveRun.WeightsName), RecipeRun.Random(shape, 5).Parameters.Tensors);
        new RunCard("mine", 1, ["three videos"], new Dictionary<string, double>()).Write(run);
    }

    private static string Add(params string[] arguments)
    {
        (int code, string output, string errors) = CommandLineTests.Run(["model", "add", .. arguments]);
        Assert.That(code, Is.Zero, errors);
        return output;
    }

    private void Refuse(int installed, string[] arguments, int code, params string[] said)
    {
        (int actual, _, string errors) = CommandLineTests.Run(["model", "add", .. arguments]);
        Assert.Multiple(() =>
        {
            Assert.That(actual, Is.EqualTo(code), errors);
            foreach (string words in said)
            {
                Assert.That(errors, Does.Contain(words));
            }
            Assert.That(Directory.Exists(models) ? Directory.GetFileSystemEntries(models).Length : 0, Is.EqualTo(installed));
        });
    }

    private string Sounds()
    {
        string sounds = Path.Combine(folder, "sounds");
        Directory.CreateDirectory(sounds);
        for (int i = 0; i < 3; i++)
        {
            SoundSearch.Tests.Indexer.Tones.Write(Path.Combine(sounds, $"{i}.wav"), i, 1.5, 8000, 1, i, null);
        }
        return sounds;
    }

    /// <summary>clip_tiny's text tower with more tokens, the last two being start and end as before: a vocabulary that CLIP's tokenizer can have.</summary>
    private string Wide(string name, int vocabulary) => Rewrite("clip_tiny.pth", name, t =>
    {
        if (t.Name != "token_embedding.weight")
        {
            return t.Name.StartsWith("visual.", StringComparison.Ordinal) ? null : t;
        }
        float[] wide = new float[vocabulary * 128];
        for (int v = 0; v < vocabulary; v++)
        {
            t.Span.Slice((v < vocabulary - 2 ? v % 318 : v - vocabulary + 320) * 128, 128).CopyTo(wide.AsSpan(v * 128));
        }
        return new Tensor(t.Name, [vocabulary, 128], wide);
    });

    private string Rewrite(string golden, string name, Func<Tensor, Tensor?> change, params Tensor[] more)
    {
        string path = Path.Combine(folder, name);
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path(golden));
        SafetensorsFile.Write(path, [.. archive.Tensors.Select(t => change(t.Value)).OfType<Tensor>(), .. more]);
        return path;
    }

    private float[] Audio(string model, float[] input, int batch, int frames)
    {
        using SoundModel open = SoundModel.Open(Path.Combine(models, model));
        AudioTower tower = ((AudioEncoder)open.Audio).Tower;
        var b = new AudioTowerBuffers(tower, batch, frames, training: false);
        tower.Forward(input, batch, frames, b);
        return b.Embeddings.ToArray();
    }

    private float[] Text(string model, SafetensorsFile golden, string tokens)
    {
        string path = Path.Combine(models, model);
        TextTowerShape shape = ModelFolder.ReadDescription(path).Text!;
        using SafetensorsFile weights = SafetensorsFile.Open(Path.Combine(path, "weights.safetensors"));
        var tower = new TextTower(ParameterSet.Load(shape.Layout(), weights, "text."), shape);
        int[] ids = [.. golden.ReadAs<long>(tokens).Select(id => (int)id)];
        int batch = golden.Entries[tokens].Shape[0], length = golden.Entries[tokens].Shape[1];
        int[] ends = [.. Enumerable.Range(0, batch).Select(r => ids.AsSpan(r * length, length).IndexOf(shape.Vocabulary - 1))];
        var b = new TextTowerBuffers(shape, batch, length, training: false);
        tower.Forward(ids, ends, batch, length, b);
        return b.Embeddings.ToArray();
    }

    private static float[] ChannelsLast(float[] planes, int batch, int area)
    {
        float[] picture = new float[planes.Length];
        for (int i = 0; i < picture.Length; i++)
        {
            picture[i] = planes[(i / (3 * area) * 3 + i % 3) * area + i / 3 % area];
        }
        return picture;
    }

    private static float[] Values(SafetensorsFile file, string name) => file.Read(name).Data.ToArray();

    private static void Check(float[] actual, SafetensorsFile golden, string name, float tolerance) =>
        Assert.That(Goldens.MaxDifference(actual, golden.Read(name).Span), Is.LessThanOrEqualTo(tolerance), name);
}
