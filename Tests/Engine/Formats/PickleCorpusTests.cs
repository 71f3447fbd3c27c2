using System.Text.RegularExpressions;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

/// <summary>
/// Pickles that run code, import modules or exhaust the machine where Python loads them, by opcode (Lib/pickletools.py, protocols
/// 0 to 5). Each is refused at the opcode, or is read as the data that it is.
/// </summary>
[CancelAfter(60_000)]
public class PickleCorpusTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".pth");

    [TearDown]
    public void TearDown() => File.Delete(path);

    // GLOBAL: the system.
    [TestCase(@"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.", 2, "os.system")]
    [TestCase(@"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.", 2, "posix.system")]
    [TestCase(@"\x80\x02cnt\nsystem\n.", 2, "nt.system")]
    [TestCase(@"\x80\x02cos.path\njoin\n.", 2, "os.path.join")]
    [TestCase(@"\x80\x02csubprocess\nPopen\n)\x81.", 2, "subprocess.Popen")]
    [TestCase(@"\x80\x02c_posixsubprocess\nfork_exec\n.", 2, "_posixsubprocess.fork_exec")]
    [TestCase(@"\x80\x02cpty\nspawn\n.", 2, "pty.spawn")]
    [TestCase(@"\x80\x02cshutil\nrmtree\n.", 2, "shutil.rmtree")]
    [TestCase(@"\x80\x02csocket\ncreate_connection\n.", 2, "socket.create_connection")]
    [TestCase(@"\x80\x02curllib.request\nurlopen\n.", 2, "urllib.request.urlopen")]
    [TestCase(@"\x80\x02cwebbrowser\nopen\n.", 2, "webbrowser.open")]
    [TestCase(@"\x80\x02cctypes\nCDLL\n.", 2, "ctypes.CDLL")]
    [TestCase(@"\x80\x02cio\nopen\n.", 2, "io.open")]
    [TestCase(@"\x80\x02csqlite3\nconnect\n.", 2, "sqlite3.connect")]
    // GLOBAL: the interpreter.
    [TestCase(@"\x80\x02c__builtin__\neval\nX\x01\x00\x00\x001\x85R.", 2, "__builtin__.eval")]
    [TestCase(@"\x80\x03cbuiltins\nexec\nX\x01\x00\x00\x001\x85R.", 2, "builtins.exec")]
    [TestCase(@"\x80\x03cbuiltins\ncompile\n.", 2, "builtins.compile")]
    [TestCase(@"\x80\x03cbuiltins\n__import__\n.", 2, "builtins.__import__")]
    [TestCase(@"\x80\x03cbuiltins\ngetattr\n.", 2, "builtins.getattr")]
    [TestCase(@"\x80\x03cbuiltins\nopen\n.", 2, "builtins.open")]
    [TestCase(@"\x80\x03cbuiltins\nbreakpoint\n.", 2, "builtins.breakpoint")]
    [TestCase(@"\x80\x02c__builtin__\nexecfile\n.", 2, "__builtin__.execfile")]
    [TestCase(@"\x80\x02c__builtin__\napply\n.", 2, "__builtin__.apply")]
    [TestCase(@"\x80\x02cimportlib\nimport_module\n.", 2, "importlib.import_module")]
    [TestCase(@"\x80\x02crunpy\n_run_code\n.", 2, "runpy._run_code")]
    [TestCase(@"\x80\x02csys\nmodules\n.", 2, "sys.modules")]
    [TestCase(@"\x80\x02ccode\nInteractiveInterpreter\n.", 2, "code.InteractiveInterpreter")]
    [TestCase(@"\x80\x02ctypes\nCodeType\n.", 2, "types.CodeType")]
    [TestCase(@"\x80\x02cfunctools\npartial\n.", 2, "functools.partial")]
    [TestCase(@"\x80\x02coperator\nattrgetter\n.", 2, "operator.attrgetter")]
    [TestCase(@"\x80\x02ctimeit\ntimeit\n.", 2, "timeit.timeit")]
    [TestCase(@"\x80\x02cpdb\nrun\n.", 2, "pdb.run")]
    [TestCase(@"\x80\x02cpydoc\npipepager\n.", 2, "pydoc.pipepager")]
    // GLOBAL: pickles within pickles, and what frameworks load.
    [TestCase(@"\x80\x02cpickle\nloads\n.", 2, "pickle.loads")]
    [TestCase(@"\x80\x02c_pickle\nloads\n.", 2, "_pickle.loads")]
    [TestCase(@"\x80\x02cmarshal\nloads\n.", 2, "marshal.loads")]
    [TestCase(@"\x80\x02cdill\nloads\n.", 2, "dill.loads")]
    [TestCase(@"\x80\x02cjoblib\nload\n.", 2, "joblib.load")]
    [TestCase(@"\x80\x02ctorch\nload\n.", 2, "torch.load")]
    [TestCase(@"\x80\x02ctorch\ncompile\n.", 2, "torch.compile")]
    [TestCase(@"\x80\x02ctorch.hub\nload\n.", 2, "torch.hub.load")]
    [TestCase(@"\x80\x02ctorch.jit\nload\n.", 2, "torch.jit.load")]
    [TestCase(@"\x80\x02ctorch.serialization\nload\n.", 2, "torch.serialization.load")]
    [TestCase(@"\x80\x02ctorch.storage\n_load_from_bytes\n.", 2, "torch.storage._load_from_bytes")]
    [TestCase(@"\x80\x02ctorch.utils.cpp_extension\nload_inline\n.", 2, "torch.utils.cpp_extension.load_inline")]
    [TestCase(@"\x80\x02ctorch.utils.collect_env\nrun\n.", 2, "torch.utils.collect_env.run")]
    [TestCase(@"\x80\x02ctorch._inductor.codecache\ncompile_file\n.", 2, "torch._inductor.codecache.compile_file")]
    [TestCase(@"\x80\x02cnumpy\nload\n.", 2, "numpy.load")]
    [TestCase(@"\x80\x02cnumpy.testing._private.utils\nrunstring\n.", 2, "numpy.testing._private.utils.runstring")]
    [TestCase(@"\x80\x02cnumpy.f2py.crackfortran\nmyeval\n.", 2, "numpy.f2py.crackfortran.myeval")]
    [TestCase(@"\x80\x02cnumpy.distutils.exec_command\nexec_command\n.", 2, "numpy.distutils.exec_command.exec_command")]
    // Dotted names walk from a harmless module to another.
    [TestCase(@"\x80\x04\x8C\x05torch\x8C\x17serialization.os.system\x93.", 34, "torch.serialization.os.system")]
    [TestCase(@"\x80\x04\x8C\x0Bcollections\x8C\x19OrderedDict.__reduce_ex__\x93.", 42, "collections.OrderedDict.__reduce_ex__")]
    [TestCase(@"\x80\x04cnumpy\nrandom.os.system\n.", 2, "numpy.random.os.system")]
    // STACK_GLOBAL.
    [TestCase(@"\x80\x04\x8C\x05posix\x8C\x06system\x93\x8C\x04true\x85R.", 17, "posix.system")]
    [TestCase(@"\x80\x04\x8C\x02os\x94\x8C\x06system\x94\x8C\x01x0h\x00h\x01\x93.", 24, "os.system")] // out of the memo
    [TestCase(@"\x80\x04K\x01K\x02\x93.", 6, "whose name is no string")]
    [TestCase(@"\x80\x04C\x02osC\x06system\x93.", 14, "whose name is no string")]
    [TestCase(@"\x80\x04\x93.", 2, "an empty stack")]
    // REDUCE, NEWOBJ, NEWOBJ_EX, OBJ, INST.
    [TestCase(@"\x80\x02X\x01\x00\x00\x00a)R.", 9, "a call of something that is no class")]
    [TestCase(@"\x80\x02})R.", 4, "a call of something that is no class")]
    [TestCase(@"\x80\x02N)R.", 4, "a call of something that is no class")]
    [TestCase(@"\x80\x02ccollections\nOrderedDict\nX\x01\x00\x00\x00aR.", 33, "no tuple")]
    [TestCase(@"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n)R.", 36, "without storage")]
    [TestCase(@"\x80\x02ctorch._utils\n_rebuild_parameter\n)R.", 36, "does not take")]
    [TestCase(@"\x80\x02ctorch._tensor\n_rebuild_from_type_v2\n(cbuiltins\nlist\nN]tR.", 58, "does not take")]
    [TestCase(@"\x80\x02X\x01\x00\x00\x00a)\x81.", 9, "a call of something that is no class")]
    [TestCase(@"\x80\x04X\x01\x00\x00\x00a)}\x92.", 10, "a call of something that is no class")]
    [TestCase(@"\x80\x04csubprocess\nPopen\n)}\x92.", 2, "subprocess.Popen")]
    [TestCase(@"\x80\x04\x92.", 2, "an empty stack")]
    [TestCase(@"\x80\x02(X\x01\x00\x00\x00ao.", 9, "OBJ")]
    [TestCase(@"\x80\x02(cos\nsystem\no.", 3, "os.system")]
    [TestCase(@"\x80\x02(ios\nsystem\n.", 3, "INST")]
    // BUILD, which calls __setstate__.
    [TestCase(@"\x80\x02X\x01\x00\x00\x00a}b.", 9, "a state for something that has none")]
    [TestCase(@"\x80\x02]}b.", 4, "a state for something that has none")]
    [TestCase(@"\x80\x02)}b.", 4, "a state for something that has none")]
    [TestCase(@"\x80\x02N}b.", 4, "a state for something that has none")]
    [TestCase(@"\x80\x02K\x01}b.", 5, "a state for something that has none")]
    [TestCase(@"\x80\x02}b.", 3, "an empty stack")]
    // EXT1, EXT2, EXT4: classes of a registry.
    [TestCase(@"\x80\x02\x82\x01.", 2, "EXT")]
    [TestCase(@"\x80\x02\x83\x01\x00.", 2, "EXT")]
    [TestCase(@"\x80\x02\x84\x01\x00\x00\x00.", 2, "EXT")]
    // PERSID, BINPERSID.
    [TestCase(@"\x80\x02Pstorage\n.", 2, "PERSID")]
    [TestCase(@"\x80\x02X\x07\x00\x00\x00storageQ.", 14, "persistent id")]
    [TestCase(@"\x80\x02Q.", 2, "an empty stack")]
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storageX\x01\x00\x00\x00aX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQ.", 38, "persistent id")] // no class
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuJ\xFF\xFF\xFF\xFFtQ.", 55, "persistent id")] // -1 elements
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nK\x00X\x03\x00\x00\x00cpuK\x01tQ.", 48, "persistent id")] // a key that is no string
    [TestCase(@"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu\x8A\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01tQ.", 61, "persistent id")] // 2^64 elements
    // The memo and the stack.
    [TestCase(@"\x80\x02h\x05.", 2, "memo 5")]
    [TestCase(@"\x80\x02j\xFF\xFF\xFF\xFF.", 2, "memo 4294967295")]
    [TestCase(@"\x80\x02q\x00.", 2, "an empty stack")]
    [TestCase(@"\x80\x02r\xFF\xFF\xFF\xFF.", 2, "an empty stack")]
    [TestCase(@"\x80\x04\x94.", 2, "an empty stack")]
    [TestCase(@"\x80\x02(q\x00.", 3, "a mark in place of a value")]
    [TestCase(@"\x80\x02e.", 2, "no mark")]
    [TestCase(@"\x80\x02t.", 2, "no mark")]
    [TestCase(@"\x80\x021.", 2, "no mark")]
    [TestCase(@"\x80\x02(.", 3, "a mark in place of a value")]
    [TestCase(@"\x80\x02(2.", 3, "a mark in place of a value")]
    [TestCase(@"\x80\x02(K\x01\x86.", 5, "a mark in place of a value")]
    [TestCase(@"\x80\x020.", 2, "an empty stack")]
    [TestCase(@"\x80\x02.", 2, "an empty stack")]
    [TestCase(@"\x80\x02}K\x01(K\x01u.", 8, "a key without a value")]
    [TestCase(@"\x80\x02K\x01K\x02a.", 6, "elements appended to what is no list")]
    [TestCase(@"\x80\x02]K\x01K\x02s.", 7, "items set in what is no dict")]
    // Protocols.
    [TestCase(@"cos\nsystem\n(S'true'\ntR.", 0, "os.system")] // 0, without PROTO
    [TestCase(@"\x80\x00N.", 0, "protocol 2 to 5")]
    [TestCase(@"\x80\x06N.", 0, "protocol 2 to 5")]
    [TestCase(@"\x80\xFFN.", 0, "protocol 2 to 5")]
    [TestCase(@"I1\n.", 0, "protocol 0")]
    [TestCase(@"L1L\n.", 0, "protocol 0")]
    [TestCase(@"F1.5\n.", 0, "protocol 0")]
    [TestCase(@"S'a'\n.", 0, "protocol 0")]
    [TestCase(@"Va\n.", 0, "protocol 0")]
    [TestCase(@"Np0\n.", 1, "protocol 0")]
    [TestCase(@"g0\n.", 0, "protocol 0")]
    // Lengths.
    [TestCase(@"\x80\x02\x8B\xFF\xFF\xFF\x7F.", 2, "at most 1024 bytes")] // LONG4 of 2 GiB
    [TestCase(@"\x80\x02\x8B\xFF\xFF\xFF\xFF.", 2, "at most 1024 bytes")] // LONG4 of -1
    [TestCase(@"\x80\x02\x8A\xFF\x01.", 2, "truncated")] // LONG1
    [TestCase(@"\x80\x02X\xFF\xFF\xFF\xFFab.", 2, "truncated")] // BINUNICODE of 4 GiB
    [TestCase(@"\x80\x04\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFab.", 2, "pickle")] // BINUNICODE8 of 16 EiB
    [TestCase(@"\x80\x04\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fab.", 2, "truncated")]
    [TestCase(@"\x80\x04\x8C\xFFab.", 2, "truncated")] // SHORT_BINUNICODE
    [TestCase(@"\x80\x02T\xFF\xFF\xFF\xFFab.", 2, "truncated")] // BINSTRING
    [TestCase(@"\x80\x02U\xFFab.", 2, "truncated")] // SHORT_BINSTRING
    [TestCase(@"\x80\x03B\xFF\xFF\xFF\xFFab.", 2, "truncated")] // BINBYTES
    [TestCase(@"\x80\x03C\xFFab.", 2, "truncated")] // SHORT_BINBYTES
    [TestCase(@"\x80\x04\x8E\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fab.", 2, "truncated")] // BINBYTES8
    [TestCase(@"\x80\x05\x96\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7Fab.", 2, "truncated")] // BYTEARRAY8
    [TestCase(@"\x80\x04\x95\x01\x00", 2, "truncated")] // FRAME
    [TestCase(@"\x80\x02N", 3, "truncated")]
    [TestCase(@"\x80", 0, "truncated")]
    [TestCase("", 0, "truncated")]
    [TestCase(@"\x80\x02cabc", 2, "no end of line")]
    // Buffers outside of the file (protocol 5), and what is no opcode.
    [TestCase(@"\x80\x05\x97.", 2, "0x97 \\(a buffer")]
    [TestCase(@"\x80\x05N\x98.", 3, "0x98 \\(a buffer")]
    [TestCase(@"\x80\x02\xFE.", 2, "0xFE")]
    [TestCase(@"\x80\x02\x00.", 2, "0x00")]
    public void A_pickle_that_is_no_data_is_refused_where_it_begins_to_be(string pickle, long offset, string reason)
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii(Regex.Unescape(pickle)));
        FileFormatException refusal = PyTorchFile.Refusal(path);
        Assert.That(refusal.Message, Does.Match(reason).And.Contains("archive/data.pkl"));
        Assert.That(refusal.Offset, Is.EqualTo(offset));
    }

    [TestCase(@"Os\nsystem\n", "Os.system")]
    [TestCase(@"os \nsystem\n", "os .system")]
    [TestCase(@"os\x00\nsystem\n", "os\0.system")]
    [TestCase(@"\xCF\x83s\nsystem\n", "\u03C3s.system")] // a Greek letter
    [TestCase(@"torch._util\xD1\x95\n_rebuild_tensor_v2\n", "torch._util\u0455._rebuild_tensor_v2")] // a Cyrillic one
    [TestCase(@"torch._utils\n_rebuild_tensor_v2 \n", "torch._utils._rebuild_tensor_v2 ")]
    [TestCase(@"collections\nordereddict\n", "collections.ordereddict")]
    public void Look_alikes_of_known_names_are_names_and_nothing_more(string global, string name)
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii(Regex.Unescape(@"\x80\x02c" + global + @"(K\x01]tR.")));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(archive.Root, Is.TypeOf<PyTorchObject>().With.Property("ClassName").EqualTo(name));
        Assert.That(archive.Tensors, Is.Empty);
    }

    [Test]
    public void Frames_are_hints_whatever_their_length()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0004\u0095\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FFK\u0007\u0095\0\0\0\0\0\0\0\0."));
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(archive.Root, Is.EqualTo(7L));
    }

    [Test]
    public void Memo_numbers_of_four_billion_cost_one_entry()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002K\u0007r\u00FF\u00FF\u00FF\u00FF0j\u00FF\u00FF\u00FF\u00FF."));
        long before = GC.GetAllocatedBytesForCurrentThread();
        using PyTorchArchive archive = PyTorchArchive.Open(path);
        Assert.That(archive.Root, Is.EqualTo(7L));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [TestCase("](", "e", TestName = "Laughs_of_lists")]
    [TestCase("(", "t", TestName = "Laughs_of_tuples")]
    [TestCase("}(", "u", TestName = "Laughs_of_dicts")]
    [TestCase("ca\nb\n(", "e", TestName = "Laughs_of_objects")]
    public void Billions_of_laughs_stay_few(string open, string close)
    {
        // Each holds the one before ten times; thirty levels. The innermost is a tensor, or a number.
        foreach (byte[] seed in (byte[][])[PyTorchFile.Ascii("K\u0001"), PyTorchFile.Tensor("FloatStorage", 1, 0, "))")])
        {
            var pickle = new List<byte>([0x80, 2, .. seed, (byte)'q', 0]);
            for (byte level = 0; level < 30; level++)
            {
                pickle.AddRange(PyTorchFile.Ascii(open));
                for (byte i = 0; i < 10; i++)
                {
                    pickle.AddRange(close == "u" ? [(byte)'K', i, (byte)'h', level] : [(byte)'h', level]);
                }
                pickle.AddRange([.. PyTorchFile.Ascii(close), (byte)'q', (byte)(level + 1)]);
            }
            pickle.Add((byte)'.');
            PyTorchFile.Write(path, [.. pickle], ("archive/data/0", new byte[4]));
            Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("nodes"));
        }
    }

    [Test]
    public void Doubling_by_DUP_stays_small()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002N" + string.Concat(Enumerable.Repeat("2\u0086", 60)) + "."));
        Assert.That(() => PyTorchArchive.Open(path).Dispose(), Throws.TypeOf<FileFormatException>().With.Message.Contains("nodes"));
    }

    [TestCase("]", "a", TestName = "Nested_lists")]
    [TestCase("}N", "s", TestName = "Nested_dicts")]
    [TestCase("ca\nb\n", "b", TestName = "Nested_states")]
    [TestCase("ca\nb\n", "a", TestName = "Nested_items")]
    [TestCase("ca\nb\nN", "s", TestName = "Nested_entries")]
    public void Nesting_overflows_no_stack(string open, string close)
    {
        const int Depth = 300_000;
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002" + string.Concat(Enumerable.Repeat(open, Depth)) + "N" + string.Concat(Enumerable.Repeat(close, Depth)) + "."));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("deep"));
    }

    [Test]
    public void Nested_tuples_overflow_no_stack()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002)" + new string('\u0085', 1_000_000) + "."));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("deep"));
    }

    [Test]
    public void Endless_objects_are_stopped()
    {
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002" + string.Concat(Enumerable.Repeat("]0", 2_100_000)) + "N."));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("steps"));
    }

    [TestCase("cbuiltins\nlist\n", TestName = "Copies_of_a_list")]
    [TestCase("cbuiltins\ntuple\n", TestName = "Copies_as_a_tuple")]
    [TestCase("cbuiltins\nset\n", TestName = "Copies_as_a_set")]
    [TestCase("ctorch\nSize\n", TestName = "Copies_as_a_size")]
    [TestCase("ccollections\nOrderedDict\n", TestName = "Copies_as_a_dict")]
    public void Copies_of_one_long_list_do_not_multiply(string callee)
    {
        // 20,000 pairs, copied 20,000 times in five bytes each.
        string pair = callee.Contains("Dict") ? "NN\u0086" : "N";
        PyTorchFile.Write(path, PyTorchFile.Ascii(
            "\u0080\u0002](" + string.Concat(Enumerable.Repeat(pair, 20_000)) + "e\u0085q\0" + callee + "q\u0001" + string.Concat(Enumerable.Repeat("h\u0001h\0R", 20_000)) + "."));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("steps"));
    }

    [Test]
    public void Names_made_of_long_strings_do_not_multiply()
    {
        string text = new('a', 60_000);
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0004X\u0060\u00EA\0\0" + text + "q\0" + string.Concat(Enumerable.Repeat("h\0h\0\u0093", 20_000)) + "."));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("steps"));
    }

    [Test]
    public void One_tensor_under_a_hundred_thousand_long_names_is_refused()
    {
        string key = "X\u00A0\u000F\0\0" + new string('k', 4000);
        byte[] tensor = PyTorchFile.Tensor("FloatStorage", 1, 0, "))");
        PyTorchFile.Write(
            path,
            [0x80, 2, (byte)'}', .. PyTorchFile.Ascii(key + "]("), .. tensor, .. PyTorchFile.Ascii("q\0" + string.Concat(Enumerable.Repeat("h\0", 100_000)) + "es.")],
            ("archive/data/0", new byte[4]));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("again and again"));
    }

    [Test]
    public void One_expanded_tensor_named_again_and_again_is_refused()
    {
        // Four million elements out of one, a thousand times.
        byte[] tensor = PyTorchFile.Tensor("FloatStorage", 1, 0, "J\0\0\u003F\0\u0085K\0\u0085");
        PyTorchFile.Write(
            path, [0x80, 2, .. PyTorchFile.Ascii("]("), .. tensor, .. PyTorchFile.Ascii("q\0" + string.Concat(Enumerable.Repeat("h\0", 1000)) + "e.")], ("archive/data/0", new byte[4]));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("again and again"));
    }

    [Test]
    public void Views_of_two_storages_in_turns_are_refused_when_reading_them_would_not_end()
    {
        byte[] first = PyTorchFile.Tensor("ByteStorage", 1, 0, "))");
        byte[] second = PyTorchFile.Ascii(PyTorchFile.Text(first).Replace("X\u0001\0\0\00", "X\u0001\0\0\01", StringComparison.Ordinal));
        PyTorchFile.Write(
            path,
            [0x80, 2, .. PyTorchFile.Ascii("]("), .. first, .. PyTorchFile.Ascii("q\0"), .. second, .. PyTorchFile.Ascii("q\u0001" + string.Concat(Enumerable.Repeat("h\0h\u0001", 10_000)) + "e.")],
            ("archive/data/0", new byte[1 << 20]), ("archive/data/1", new byte[1 << 20]));
        Assert.That(PyTorchFile.Refusal(path).Message, Does.Contain("again and again"));
    }

    [Test]
    public void Keys_that_are_long_to_write_are_written_for_tensors_only()
    {
        // A number of 1,024 bytes has 2,466 digits; sixty thousand nodes lie under it.
        string list = "](" + new string('N', 1000) + "eq\0";
        string number = "\u008B\0\u0004\0\0" + new string('\u007F', 1024);
        PyTorchFile.Write(path, PyTorchFile.Ascii("\u0080\u0002}" + number + list + "sq\u0001](" + string.Concat(Enumerable.Repeat("h\u0001", 60)) + "e."));
        long before = GC.GetAllocatedBytesForCurrentThread();
        PyTorchArchive.Open(path).Dispose();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(16 << 20));
    }
}
