using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>Files made to harm: each is refused with a reason, or read as the data that it is; nothing runs, hangs or exhausts memory.</summary>
[CancelAfter(60_000)]
public class PyTorchHostileTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".pth");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void Unknown_classes_are_kept_as_names_with_their_data()
    {
        // NEWOBJ, BUILD with a state that names __class__ and __reduce__, an appended element, a set item.
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002csome.module\nThing\nK\u0001\u0085\u0081}X\u0009\0\0\0__class__X\u0001\0\0\0xsbK\u0005aX\u0001\0\0\0kK\u0006s."));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        var thing = (PyTorchObject)archive.Root!;
        Assert.Multiple(() =>
        {
            Assert.That(thing.ClassName, Is.EqualTo("some.module.Thing"));
            Assert.That(thing.Arguments, Is.EqualTo(new object?[] { 1L }));
            Assert.That(((PyTorchDictionary)thing.State!)["__class__"], Is.EqualTo("x"));
            Assert.That(thing.Items, Is.EqualTo(new object?[] { 5L }));
            Assert.That(thing.Entries.Single().Value, Is.EqualTo(6L));
            Assert.That(archive.Tensors, Is.Empty);
        });
    }

    [Test]
    public void A_list_within_itself_is_read()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002]q\0h\0a."));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        var list = (List<object?>)archive.Root!;
        Assert.That(list[0], Is.SameAs(list));
    }

    [TestCase(4, 0, @"K\x04\x85K\x01\x85", null)]
    [TestCase(4, 3, @"K\x01\x85J\xFF\xFF\xFF\x7F\x85", null)] // one element: its stride does not matter
    [TestCase(4, 0, @"K\x03K\x02\x86K\x01K\x01\x86", null)] // overlapping
    [TestCase(4, 1, @"K\x04\x85K\x01\x85", "up to element 4 of a storage of 4")]
    [TestCase(4, 0, @"K\x03\x85K\x02\x85", "up to element 4")]
    [TestCase(4, -1, @"K\x01\x85K\x01\x85", "offset -1")]
    [TestCase(4, 0, @"J\xFE\xFF\xFF\xFF\x85K\x01\x85", "size -2")]
    [TestCase(4, 0, @"K\x02\x85J\xFF\xFF\xFF\xFF\x85", "stride -1")]
    [TestCase(4, 0, @"K\x02\x85)", "1 sizes, 0 strides")]
    [TestCase(4, 0, @"J\xFF\xFF\xFF\x7F\x85K\x00\x85", "a view of")] // expanded to 2 G
    [TestCase(4, 0, @"(\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Ft(\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Ft", "size 9223372036854775807")]
    [TestCase(4, 0, @"X\x01\x00\x00\x00a\x85K\x01\x85", "as a size or stride")]
    [TestCase(long.MaxValue, 0, @"K\x04\x85K\x01\x85", "elements of Float32")] // more than the entry has
    [TestCase(5, 0, @"K\x04\x85K\x01\x85", "elements of Float32")]
    public void A_view_outside_its_storage_is_refused(long count, long offset, string sizes, string? reason)
    {
        byte[] pickle = [0x80, 2, .. PyTorchFile.Tensor("FloatStorage", count, offset, Regex.Unescape(sizes)), (byte)'.'];
        PyTorchFile.Write(path, pickle, ("archive/data/0", new byte[16]));
        void Read()
        {
            using PyTorchArchive archive = PyTorchArchive.Open(path);
            Assert.That(archive.Tensors.Values.Single().Data.Length, Is.GreaterThan(0));
        }
        Assert.That(Read, reason == null ? Throws.Nothing : Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    [Test]
    public void A_storage_that_is_not_there_is_named()
    {
        PyTorchFile.Write(path, [0x80, 2, .. PyTorchFile.Tensor("FloatStorage", 4, 0, "K\u0004\u0085K\u0001\u0085"), (byte)'.']);
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(() => archive.Tensors[""], Throws.TypeOf<FileFormatException>().With.Message.Contains("archive/data/0"));
    }

    [TestCase("800280", "a zip archive")]
    [TestCase("80028A0A6CFC9C46F9206AA85019", "save it again")]
    [TestCase("", "a zip archive")]
    [TestCase("504B0304", "zip archive")]
    [TestCase("3C21444F", "3C21444F")]
    public void Other_files_are_refused_with_what_they_are(string hex, string reason)
    {
        File.WriteAllBytes(path, Convert.FromHexString(hex));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains(reason));
    }

    [Test]
    public void A_zip_without_a_pickle_and_big_endian_ones_are_refused()
    {
        using (ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create))
        {
            PyTorchFile.Add(zip, "word/document.xml", [1], CompressionLevel.NoCompression);
        }
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("word/document.xml"));
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002N."), ("archive/byteorder", Encoding.ASCII.GetBytes("big")));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("big-endian"));
    }

    [Test]
    public void Truncated_files_are_refused()
    {
        byte[] whole = File.ReadAllBytes(Goldens.Path("pth_views.pth"));
        for (int length = 0; length < whole.Length; length += 13)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>());
        }
    }

    [Test]
    public void Damaged_elements_are_found_by_the_checksum()
    {
        byte[] bytes = File.ReadAllBytes(Goldens.Path("pth_views.pth"));
        int name = bytes.AsSpan().IndexOf("pth_views/data/0"u8);
        bytes[name + 64 + 40] ^= 1; // padding or an element: one of the 96 bytes after the header
        File.WriteAllBytes(path, bytes);
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(() => archive.Tensors["state_dict.transposed"], Throws.TypeOf<FileFormatException>().With.Message.Contains("checksum"));
    }
}
