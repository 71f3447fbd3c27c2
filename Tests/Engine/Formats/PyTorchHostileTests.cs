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

    [TestCase(@"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.", "os.system")] // REDUCE
    [TestCase(@"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.", "posix.system")]
    [TestCase(@"\x80\x04\x8C\x05posix\x8C\x06system\x93\x8C\x04true\x85R.", "posix.system")] // STACK_GLOBAL
    [TestCase(@"\x80\x02cos.path\njoin\n.", "os.path.join")]
    [TestCase(@"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.", "__builtin__.eval")]
    [TestCase(@"\x80\x02cbuiltins\ngetattr\n.", "builtins.getattr")]
    [TestCase(@"\x80\x02csubprocess\nPopen\n)\x81.", "subprocess.Popen")] // NEWOBJ
    [TestCase(@"\x80\x02crunpy\n_run_code\n.", "runpy._run_code")]
    [TestCase(@"\x80\x02ctorch.hub\nload\n.", "torch.hub.load")]
    [TestCase(@"\x80\x02(ios\nsystem\n.", "INST")]
    [TestCase(@"\x80\x02(X\x01\x00\x00\x00ao.", "OBJ")]
    [TestCase(@"\x80\x02\x82\x01.", "EXT")]
    [TestCase(@"\x80\x02\x83\x01\x00.", "EXT")]
    [TestCase(@"\x80\x02\x84\x01\x00\x00\x00.", "EXT")]
    [TestCase(@"cos\nsystem\n(S'true'\ntR.", "os.system")] // protocol 0, no PROTO
    [TestCase(@"I1\n.", "protocol 0")]
    [TestCase(@"\x80\x02Pstorage\n.", "PERSID")]
    [TestCase(@"\x80\x02X\x01\x00\x00\x00a)R.", "a call of something that is no class")]
    [TestCase(@"\x80\x02})R.", "a call of something that is no class")]
    [TestCase(@"\x80\x02ccollections\nOrderedDict\nX\x01\x00\x00\x00aR.", "no tuple")]
    [TestCase(@"\x80\x02X\x01\x00\x00\x00a}b.", "a state for something that has none")] // BUILD on a string
    [TestCase(@"\x80\x02]}b.", "a state for something that has none")]
    [TestCase(@"\x80\x02X\x07\x00\x00\x00storageQ.", "persistent id")]
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storageX\x01\x00\x00\x00aX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ.", "persistent id")] // no class
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuJ\xFF\xFF\xFF\xFFtQ.", "persistent id")] // -1 elements
    [TestCase(@"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.", "without storage")]
    [TestCase(@"\x80\x02ctorch._utils\n_rebuild_parameter\n)R.", "does not take")]
    [TestCase(@"\x80\x02h\x05.", "memo 5")]
    [TestCase(@"\x80\x02e.", "no mark")]
    [TestCase(@"\x80\x02(.", "a mark in place of a value")]
    [TestCase(@"\x80\x02(2.", "a mark in place of a value")]
    [TestCase(@"\x80\x020.", "empty stack")]
    [TestCase(@"\x80\x02.", "empty stack")]
    [TestCase(@"\x80\x02}K\x01(K\x01u.", "no list|no dict|a key without a value|items set")]
    [TestCase(@"\x80\x02}(K\x01u.", "a key without a value")]
    [TestCase(@"\x80\x09N.", "protocol 2 to 5")]
    [TestCase(@"\x80\x02\x8B\xFF\xFF\xFF\x7F.", "at most 1024 bytes")] // LONG4 of 2 GB
    [TestCase(@"\x80\x02X\xFF\xFF\xFF\xFFab.", "truncated")] // BINUNICODE of 4 GB
    [TestCase(@"\x80\x02\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFab.", "pickle")] // BINUNICODE8 of 16 EB
    [TestCase(@"\x80\x02\x96\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fab.", "truncated")]
    [TestCase(@"\x80\x02N", "truncated")]
    [TestCase("", "truncated")]
    [TestCase(@"\x80\x02cabc", "no end of line")]
    [TestCase(@"\x80\x02\xFE.", "0xFE")]
    public void A_pickle_that_is_no_data_is_refused(string pickle, string reason)
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii(Regex.Unescape(pickle)));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains(path).And.Message.Matches(reason));
    }

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
    public void Lists_named_again_and_again_do_not_multiply()
    {
        // Billion laughs: each list holds the one before ten times; thirty levels. The last holds a tensor or a number.
        foreach (byte[] seed in (byte[][])[PyTorchFile.Ascii("K\u0001"), PyTorchFile.Tensor("FloatStorage", 1, 0, "))")])
        {
            var pickle = new List<byte>(PyTorchFile.Ascii("\u0080\u0002"));
            pickle.AddRange([.. seed, (byte)'q', 0]);
            for (byte level = 0; level < 30; level++)
            {
                pickle.AddRange(PyTorchFile.Ascii("]("));
                for (int i = 0; i < 10; i++)
                {
                    pickle.AddRange([(byte)'h', level]);
                }
                pickle.AddRange([(byte)'e', (byte)'q', (byte)(level + 1)]);
            }
            pickle.Add((byte)'.');
            PyTorchFile.Write(path, [.. pickle], ("archive/data/0", new byte[4]));
            Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("nodes"));
        }
    }

    [Test]
    public void A_list_within_itself_is_read()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002]q\0h\0a."));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        var list = (List<object?>)archive.Root!;
        Assert.That(list[0], Is.SameAs(list));
    }

    [Test]
    public void Nesting_of_a_million_lists_overflows_no_stack()
    {
        string pickle = new string(']', 1_000_000) + new string('a', 999_999);
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002" + pickle + "."));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("deep"));
    }

    [Test]
    public void Endless_objects_are_stopped()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002" + string.Concat(Enumerable.Repeat("]0", 2_100_000)) + "N."));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("steps"));
    }

    [Test]
    public void Memo_numbers_of_four_billion_cost_one_entry()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002K\u0007r\u00FF\u00FF\u00FF\u00FF0j\u00FF\u00FF\u00FF\u00FF."));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(archive.Root, Is.EqualTo(7L));
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

    [Test]
    public void Compressed_storages_and_pickles_are_refused_before_they_unfold()
    {
        using (ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create))
        {
            PyTorchFile.Add(zip, "archive/data.pkl", [0x80, 2, .. PyTorchFile.Tensor("FloatStorage", 1 << 24, 0, "K\u0004\u0085K\u0001\u0085"), (byte)'.'], CompressionLevel.NoCompression);
            PyTorchFile.Add(zip, "archive/data/0", new byte[1 << 26], CompressionLevel.SmallestSize);
        }
        using (PyTorchArchive archive = PyTorchArchive.Open(path))
        {
            Assert.That(() => archive.Tensors[""], Throws.TypeOf<FileFormatException>().With.Message.Contains("uncompressed"));
        }
        using (ZipArchive zip = new(File.Create(path), ZipArchiveMode.Create))
        {
            PyTorchFile.Add(zip, "archive/data.pkl", new byte[1 << 20], CompressionLevel.SmallestSize);
        }
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("uncompressed"));
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

    [Test]
    public void Mutated_pickles_neither_crash_nor_hang()
    {
        byte[] pickle = Pickle(Goldens.Path("pth_views.pth"));
        byte[] config = Pickle(Goldens.Path("audio_head_ckpt4.pth"));
        var random = new Random(11);
        byte[] opcodes = PyTorchFile.Ascii("().012NJKMGXUTCB]lae)t}dsuqrhjcRbQ\u0080\u0081\u0085\u0086\u0087\u0088\u0089\u008A\u008B\u008C\u008D\u008E\u008F\u0090\u0091\u0092\u0093\u0094\u0095\u0096");
        string golden = Goldens.Path("pth_views.pth");
        using PyTorchArchive archive = PyTorchArchive.Open(golden);
        int refused = 0;
        const int Trials = 20_000;
        for (int trial = 0; trial < Trials; trial++)
        {
            byte[] mutated = [.. trial % 10 == 0 ? config : pickle];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                int at = random.Next(mutated.Length);
                mutated[at] = random.Next(2) == 0 ? (byte)random.Next(256) : opcodes[random.Next(opcodes.Length)];
            }
            try
            {
                var tensors = new PyTorchTensors(archive, new PyTorchUnpickler(archive, mutated).Load());
                foreach (string name in tensors.Keys)
                {
                    tensors.TryGetValue(name, out _);
                }
            }
            catch (FileFormatException)
            {
                refused++;
            }
        }
        Assert.That(refused, Is.InRange(Trials / 4, Trials - 1));
    }

    [Test]
    public void Mutated_archives_neither_crash_nor_hang()
    {
        byte[] whole = File.ReadAllBytes(Goldens.Path("pth_views.pth"));
        var random = new Random(12);
        for (int trial = 0; trial < 1500; trial++)
        {
            byte[] mutated = [.. whole];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                // Half of the changes in the directory at the end, which is where a zip archive is fragile.
                int at = random.Next(2) == 0 ? random.Next(mutated.Length) : mutated.Length - 1 - random.Next(900);
                mutated[at] = (byte)random.Next(256);
            }
            File.WriteAllBytes(path, mutated);
            try
            {
                using PyTorchArchive archive = PyTorchArchive.Open(path);
                Assert.That(archive.Tensors.Values.Count(), Is.EqualTo(archive.Tensors.Count));
            }
            catch (FileFormatException)
            {
                // as it should be
            }
        }
    }

    private static byte[] Pickle(string path)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using Stream stream = zip.Entries.Single(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal)).Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
