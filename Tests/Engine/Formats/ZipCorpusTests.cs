using System.IO.Compression;
using SoundSearch.Engine.Formats;
using Entry = SoundSearch.Tests.Engine.Formats.ZipBytes.Entry;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>Archives whose directory lies: refused with the entry's name, or read as what they are; nothing is unfolded, and nothing written anywhere.</summary>
[CancelAfter(60_000)]
public class ZipCorpusTests
{
    private static readonly byte[] none = [0x80, 2, (byte)'N', (byte)'.'];
    private static readonly Entry pickle = new("archive/data.pkl", none);

    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".pth");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [Test]
    public void What_the_corpus_damages_is_whole_at_first()
    {
        Assert.That(Root(pickle), Is.Null);
        Assert.That(Read(Storage(new byte[16])).Data.Length, Is.EqualTo(4));
    }

    [Test]
    public void Compressed_storages_and_pickles_are_refused_before_they_unfold()
    {
        byte[] bomb = Deflate(new byte[1 << 26]);
        Refused("uncompressed", pickle with { Data = bomb, Method = 8, Size = 1 << 26 });
        Refused("archive/data/0 uncompressed", Storage(bomb) with { Method = 8, Size = 1 << 26 });
    }

    [Test]
    public void A_bomb_that_claims_to_be_small_unfolds_no_further_than_it_claims()
    {
        byte[] bomb = Deflate(new byte[1 << 24]);
        Refused("checksum", pickle with { Data = bomb, Method = 8 });
        Refused("checksum", Storage(bomb) with { Method = 8 });
    }

    [TestCase(long.MaxValue)]
    [TestCase(1L << 40)]
    [TestCase(-1)]
    public void Sizes_beyond_the_file_are_refused(long size)
    {
        byte[] extra = ZipBytes.Zip64(size, size);
        Refused(size < 0 ? "zip archive" : "of at most", pickle with { Size = uint.MaxValue, CompressedSize = uint.MaxValue, Extra = extra });
        Refused(size < 0 ? "zip archive" : "of at most", Storage(new byte[16]) with { Size = uint.MaxValue, CompressedSize = uint.MaxValue, Extra = extra });
    }

    [TestCase(int.MaxValue)]
    [TestCase(1 << 20)]
    [TestCase(300)]
    public void Sizes_beyond_the_entry_are_refused(long size)
    {
        Refused("archive/data.pkl", pickle with { Size = size, CompressedSize = size });
        Refused("archive/data/0", Storage(new byte[16]) with { Size = size, CompressedSize = size });
    }

    [TestCase(0, "truncated")]
    [TestCase(3, "checksum")]
    public void Sizes_below_the_pickle_are_refused(long size, string reason) =>
        Refused(reason, pickle with { Size = size, CompressedSize = size, Crc = size == 0 ? 0 : null });

    [Test]
    public void Sizes_that_differ_are_refused()
    {
        Refused("uncompressed", pickle with { Size = 5 });
        Refused("uncompressed", pickle with { CompressedSize = 5 });
        Refused("uncompressed", Storage(new byte[16]) with { CompressedSize = 15 });
    }

    [TestCase(15)]
    [TestCase(0)]
    public void Storages_below_what_tensors_claim_are_refused(int bytes) => Refused("4 elements of Float32", Storage(new byte[bytes]));

    [TestCase(0L)]
    [TestCase(1L)]
    [TestCase(1000L)]
    [TestCase(uint.MaxValue)]
    public void Offsets_to_elsewhere_are_refused(long offset) => Refused("archive/data/0", Storage(new byte[16]) with { Offset = offset });

    [Test]
    public void Overlapping_entries_give_each_its_own_checksum()
    {
        // Both claim the bytes of the first: one is right by chance, the other wrong.
        Entry first = new("archive/data/0", new byte[16]), second = new("archive/data/1", new byte[16]) { Offset = 0 };
        File.WriteAllBytes(path, ZipBytes.Write(first, second with { Data = [1, .. new byte[15]] }, pickle with { Data = Pickle("1") }));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("checksum"));
    }

    [Test]
    public void Doubled_names_are_refused()
    {
        byte[] system = PyTorchFile.Ascii("\u0080\u0002cos\nsystem\n.");
        Refused("one entry of each name", pickle, pickle with { Data = system });
        Refused("one entry of each name", pickle, Storage(new byte[16]), Storage(new byte[16]));
    }

    [TestCase("data.pkl")]
    [TestCase("a/b/data.pkl")]
    [TestCase("../../data.pkl")]
    [TestCase("archive\\data.pkl")]
    [TestCase("archive/data.pkl ")]
    [TestCase("archive/DATA.PKL")]
    [TestCase("archive/constants.pkl")]
    public void Without_a_pickle_where_it_belongs_there_is_no_archive(string name) => Refused("NAME/data.pkl", pickle with { Name = name });

    [TestCase("..")]
    [TestCase("C:")]
    [TestCase("")]
    [TestCase("a\0b")]
    public void Names_outside_are_names_within_the_archive(string name)
    {
        string[] before = Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!);
        Assert.That(Root(pickle with { Name = name + "/data.pkl" }), Is.Null);
        Assert.That(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!), Is.EquivalentTo(before.Append(path)));
    }

    [Test]
    public void Keys_outside_are_looked_up_in_the_archive_only() =>
        Refused("archive/data/../../etc/passwd", new Entry("other", []), pickle with { Data = Pickle("../../etc/passwd") });

    [Test]
    public void Code_and_constants_of_TorchScript_are_not_looked_at()
    {
        byte[] system = PyTorchFile.Ascii("\u0080\u0002cos\nsystem\nX\u0004\0\0\0true\u0085R.");
        Assert.That(Root(pickle, new Entry("archive/constants.pkl", system), new Entry("archive/code/__torch__.py", "import os"u8.ToArray()), new Entry("archive/code/__torch__.py.debug_pkl", system)), Is.Null);
    }

    [TestCase(0, null)]
    [TestCase(2, null)]
    [TestCase(65535, null)]
    [TestCase(null, 0u)]
    [TestCase(null, 40u)]
    [TestCase(null, uint.MaxValue)]
    public void A_directory_that_is_elsewhere_or_of_another_length_is_refused(int? count, uint? offset)
    {
        File.WriteAllBytes(path, [.. ZipBytes.Records([pickle], (ushort?)count, offset).SelectMany(record => record)]);
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("zip archive"));
    }

    [TestCase((ushort)1)]
    [TestCase((ushort)12)]
    [TestCase((ushort)99)]
    public void Other_methods_of_compression_are_refused(ushort method) => Refused("zip archive", pickle with { Method = method });

    [Test]
    public void Big_endian_archives_are_refused() => Refused("big-endian", pickle, new Entry("archive/byteorder", "big"u8.ToArray()));

    private void Refused(string reason, Entry entry, params Entry[] others)
    {
        Entry[] entries = entry.Name == "archive/data/0" && others.Length == 0 ? [pickle with { Data = Pickle("0") }, entry] : [entry, .. others];
        File.WriteAllBytes(path, ZipBytes.Write(entries));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain(reason));
    }

    private object? Root(params Entry[] entries)
    {
        File.WriteAllBytes(path, ZipBytes.Write(entries));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        return archive.Root;
    }

    private Tensor Read(Entry storage)
    {
        File.WriteAllBytes(path, ZipBytes.Write(pickle with { Data = Pickle("0") }, storage));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        return archive.Tensors.Values.Single();
    }

    private static Entry Storage(byte[] data) => new("archive/data/0", data);

    /// <summary>A tensor of four floats in the storage of that key.</summary>
    private static byte[] Pickle(string key) =>
        [0x80, 2, .. PyTorchFile.Ascii(PyTorchFile.Text(PyTorchFile.Tensor("FloatStorage", 4, 0, "K\u0004\u0085K\u0001\u0085")).Replace("X\u0001\0\0\00", $"X{(char)key.Length}\0\0\0{key}", StringComparison.Ordinal)), (byte)'.'];

    private static byte[] Deflate(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            deflate.Write(bytes);
        }
        return packed.ToArray();
    }
}
