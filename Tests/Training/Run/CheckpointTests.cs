using System.Text;
using SoundSearch.Engine.Formats;
using SoundSearch.Training.Run;

namespace SoundSearch.Tests.Training.Run;

public sealed class CheckpointTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(Path.GetTempPath(), $"checkpoint-{Guid.NewGuid():n}");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void What_was_saved_comes_back_bit_for_bit()
    {
        float[] odd = [float.NaN, -0f, float.Epsilon, float.NegativeInfinity];
        Checkpoint.Save(path, [new Tensor("w", [2, 2], odd)], new Dictionary<string, string> { ["random"] = "a b" });
        float[] back = new float[4];
        using Checkpoint checkpoint = Checkpoint.Open(path);
        checkpoint.Restore([new Tensor("w", [2, 2], back)]);
        Assert.That(back.Select(BitConverter.SingleToUInt32Bits), Is.EqualTo(odd.Select(BitConverter.SingleToUInt32Bits)));
        Assert.That(checkpoint.Value("random"), Is.EqualTo("a b"));
        Assert.That(File.Exists(path + ".tmp"), Is.False);
    }

    [Test]
    public void One_flipped_bit_is_noticed()
    {
        Save();
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.That(() => Checkpoint.Open(path), Throws.InstanceOf<FileFormatException>().With.Message.Contains("sha256"));
    }

    [Test]
    public void A_truncated_checkpoint_is_noticed()
    {
        Save();
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^4]);
        Assert.That(() => Checkpoint.Open(path), Throws.InstanceOf<FileFormatException>());
    }

    [Test]
    public void Numbers_of_another_type_are_refused()
    {
        Save(); // the digest is over names and bytes, not over types
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(File.ReadAllBytes(path)).Replace("F32", "I32", StringComparison.Ordinal)));
        using Checkpoint checkpoint = Checkpoint.Open(path);
        Assert.That(() => checkpoint.Restore([new Tensor("w", [3], new float[3])]), Throws.InstanceOf<FileFormatException>().With.Message.Contains("of F32").And.Message.Contains("of I32"));
    }

    [Test]
    public void Other_safetensors_are_no_checkpoints()
    {
        SafetensorsFile.Write(path, [new Tensor("w", [1], new float[1])]);
        Assert.That(() => Checkpoint.Open(path), Throws.InstanceOf<FileFormatException>().With.Message.Contains("soundsearch-checkpoint-1"));
    }

    [Test]
    public void Tensors_of_another_model_are_refused_by_name_and_shape()
    {
        Save();
        using Checkpoint checkpoint = Checkpoint.Open(path);
        Assert.That(() => checkpoint.Restore([new Tensor("w", [2], new float[2])]), Throws.InstanceOf<FileFormatException>().With.Message.Contains("'w' [2]"));
        Assert.That(() => checkpoint.Restore([new Tensor("v", [1], new float[1])]), Throws.InstanceOf<FileFormatException>().With.Message.Contains("'v'"));
        Assert.That(() => checkpoint.Number("name"), Throws.InstanceOf<FileFormatException>());
        Assert.That(() => checkpoint.Expect("name", "y"), Throws.InstanceOf<FileFormatException>().With.Message.Contains("'x'"));
    }

    private void Save() => Checkpoint.Save(path, [new Tensor("w", [3], new float[] { 1, 2, 3 })], new Dictionary<string, string> { ["name"] = "x" });
}
