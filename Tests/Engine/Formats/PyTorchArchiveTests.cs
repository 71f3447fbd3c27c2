using System.Numerics;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>Files that PyTorch wrote, against the same tensors as safetensors.</summary>
public class PyTorchArchiveTests
{
    [Test]
    public void Views_of_every_kind_and_type_are_read()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("pth_views.pth"));
        using SafetensorsFile expected = Goldens.Open("pth_views.safetensors");
        Assert.That(archive.Tensors.Keys, Is.EquivalentTo(expected.Entries.Keys.Select(name => "state_dict." + name)));
        foreach (string name in expected.Entries.Keys)
        {
            Tensor actual = archive.Tensors["state_dict." + name];
            Assert.That(actual.Shape, Is.EqualTo(expected.Read(name).Shape), name);
            Assert.That(actual.Data.ToArray(), Is.EqualTo(expected.Read(name).Data.ToArray()), name);
        }
    }

    [Test]
    public void Numbers_strings_lists_and_tuples_keep_their_kind()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("pth_views.pth"));
        var root = (PyTorchDictionary)archive.Root!;
        Assert.Multiple(() =>
        {
            Assert.That(root["epoch"], Is.EqualTo(3L));
            Assert.That(root["lr"], Is.EqualTo(1e-4));
            Assert.That(root["name"], Is.EqualTo("x\u00E9"));
            Assert.That(root["list"], Is.EqualTo(new List<object?> { 1L, "a", null, true }));
            Assert.That(root["big"], Is.EqualTo(1L << 40));
            Assert.That(root["neg"], Is.EqualTo(-5L));
            Assert.That(root["tuple"], Is.EqualTo(new object?[] { 1L, new object?[] { 2L, 3L } }));
            Assert.That(((PyTorchDictionary)root["state_dict"]!).Select(entry => entry.Key).First(), Is.EqualTo("transposed"));
        });
    }

    [TestCase("clip_tiny.pth", "text_head.safetensors")]
    [TestCase("clip_tiny_jit.pt", "clip_tiny_jit.safetensors")]
    public void A_checkpoint_has_the_sums_of_the_original(string file, string sums)
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path(file));
        using SafetensorsFile expected = Goldens.Open(sums);
        const string Prefix = "checksum.";
        string[] names = [.. expected.Entries.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))];
        Assert.That(names, Is.Not.Empty);
        foreach (string name in names)
        {
            float[] values = archive.Tensors[name[Prefix.Length..]].Data.ToArray();
            double[] sum = expected.ReadAs<double>(name);
            Assert.That(values.Sum(v => (double)v), Is.EqualTo(sum[0]).Within(1e-9 * Math.Max(1, sum[1])), name);
            Assert.That(values.Sum(v => Math.Abs((double)v)), Is.EqualTo(sum[1]).Within(1e-9 * Math.Max(1, sum[1])), name);
        }
        string[] others = ["input_resolution", "context_length", "vocab_size"];
        Assert.That(archive.Tensors.Keys.Except(names.Select(name => name[Prefix.Length..])), Is.SubsetOf(others));
    }

    [Test]
    public void A_training_checkpoint_gives_its_towers_by_index_and_its_config_as_data()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("audio_head_ckpt4.pth"));
        using SafetensorsFile expected = Goldens.Open("audio_head_tiny.safetensors");
        const string Prefix = "audio_head.";
        string[] names = [.. expected.Entries.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))];
        Assert.That(names, Is.Not.Empty);
        foreach (string name in names)
        {
            Assert.That(archive.Tensors["model.1." + name[Prefix.Length..]].Data.ToArray(), Is.EqualTo(expected.Read(name).Data.ToArray()), name);
        }
        Assert.That(archive.Tensors.Keys, Has.Member("model.3.loss_head_al.logit_scale"));
        var config = (PyTorchObject)((PyTorchDictionary)archive.Root!)["cfg"]!;
        Assert.That(config.ClassName, Is.EqualTo("omegaconf.dictconfig.DictConfig"));
        Assert.That(((PyTorchDictionary)config.State!).TryGetValue("_content", out _), Is.True);
    }

    [Test]
    public void A_checkpoint_of_two_parts_is_read()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("audio_head_ckpt2.pth"));
        Assert.That(archive.Tensors["model.0.pre_encoder.conv1.weight"].Shape, Is.EqualTo(new[] { 64, 1, 16, 16 }).Or.EqualTo(new[] { 64, 3, 16, 16 }));
        Assert.That(archive.Tensors.Keys, Has.Member("model.1.logit_scale"));
    }

    [Test]
    public void A_missing_tensor_is_named_with_what_there_is()
    {
        using PyTorchArchive archive = PyTorchArchive.Open(Goldens.Path("clip_tiny.pth"));
        Assert.That(() => archive.Tensors["nothing"], Throws.TypeOf<FileFormatException>().With.Message.Contains("'nothing'").And.Message.Contains("positional_embedding"));
        Assert.That(archive.Tensors.TryGetValue("nothing", out _), Is.False);
    }

    [Test]
    public void Checksums_are_those_of_zip()
    {
        Assert.That(Crc32.Of("123456789"u8), Is.EqualTo(0xCBF43926));
        Assert.That(BitOperations.PopCount(Crc32.Of([])), Is.Zero);
    }
}
