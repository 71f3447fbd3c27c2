using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

public class SafetensorsFileTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".safetensors");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [TestCase(false, 0f)]
    [TestCase(true, 1e-3f)]
    public void What_is_written_is_read_back(bool half, float tolerance)
    {
        float[] values = [1, -2.5f, 3.25f, 0.1f, 5, 6];
        SafetensorsFile.Write(path, [new Tensor("a", [2, 3], values), new Tensor("scalar", [], new float[] { 7 })], new Dictionary<string, string> { ["k"] = "v" }, half);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Multiple(() =>
        {
            Assert.That(file.Read("a").Shape, Is.EqualTo(new[] { 2, 3 }));
            Assert.That(Goldens.MaxDifference(file.Read("a").Span, values), Is.LessThanOrEqualTo(tolerance));
            Assert.That(file.Read("scalar").Span[0], Is.EqualTo(7));
            Assert.That(file.Metadata["k"], Is.EqualTo("v"));
        });
    }

    [TestCase(0, "", "header of 8 bytes")]
    [TestCase(8, "9999999999", "header length")]
    [TestCase(8, "{", "JSON header")]
    [TestCase(8, "[]", "JSON header")]
    [TestCase(8, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,400]}}""", "data_offsets of 'a'")]
    [TestCase(8, """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,0]}}""", "negative size")]
    [TestCase(8, """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,0]}}""", "JSON header")]
    [TestCase(8, """{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,8]}}""", "data_offsets of 'a'")]
    [TestCase(8, """{"a":{"shape":[4],"data_offsets":[0,16]}}""", "JSON header")]
    public void A_damaged_file_is_refused_with_its_path_and_the_reason(int prefix, string header, string reason)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        ulong claimed = header.Length > 0 && char.IsDigit(header[0]) ? ulong.Parse(header) : (ulong)json.Length;
        File.WriteAllBytes(path, prefix == 0 ? [] : [.. BitConverter.GetBytes(claimed), .. json]);
        Assert.That(() => SafetensorsFile.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains(path).And.Message.Contains(reason));
    }

    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "tensor 'b' to begin")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[8,12]}}""", 12, "tensor 'b' to begin")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 8, "8 bytes of tensors")]
    [TestCase("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""", 8, "two named 'a'")]
    public void Tensors_that_share_bytes_or_leave_some_out_are_refused(string header, int bytes, string reason)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[bytes]]);
        Assert.That(() => SafetensorsFile.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    [Test]
    [Platform("Linux", Reason = "a file of 3 GiB takes no room there")]
    public void A_tensor_beyond_2_GiB_is_refused_when_it_is_read()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"a":{"dtype":"U8","shape":[3,1073741824],"data_offsets":[0,3221225472]}}""");
        using (FileStream stream = File.Create(path))
        {
            stream.Write([.. BitConverter.GetBytes((long)json.Length), .. json]);
            stream.SetLength(stream.Length + (3L << 30));
        }
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(() => file.Read("a"), Throws.TypeOf<FileFormatException>().With.Message.Contains("3221225472"));
    }

    [Test]
    public void A_missing_tensor_is_named_in_the_error()
    {
        SafetensorsFile.Write(path, [new Tensor("a", [1], new float[] { 1 })]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(() => file.Read("b"), Throws.TypeOf<FileFormatException>().With.Message.Contains("a tensor 'b'"));
    }
}
