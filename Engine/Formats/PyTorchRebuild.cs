using System.Numerics;

namespace SoundSearch.Engine.Formats;

/// <summary>The few functions and classes of PyTorch's pickles that are given a meaning; all others stay names.</summary>
internal static class PyTorchRebuild
{
    private static readonly HashSet<string> builtins =
        ["dict", "list", "set", "frozenset", "tuple", "long", "int", "float", "bool", "str", "unicode", "bytes", "bytearray", "complex", "slice", "range", "object"];

    // By first part of the module's name. An allow-list of classes cannot be had: a config may hold any.
    private static readonly HashSet<string> hostile =
    [
        "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "ctypes", "runpy", "importlib", "imp", "pickle", "_pickle", "cPickle", "code", "codeop",
        "pty", "commands", "timeit", "pdb", "bdb", "cProfile", "profile", "trace", "operator", "functools", "types", "marshal", "webbrowser", "platform", "popen2",
        "signal", "multiprocessing", "threading", "asyncio", "urllib", "urllib2", "http", "httplib", "ftplib", "smtplib", "requests", "tempfile", "io", "_io",
        "pip", "pkgutil", "zipimport", "site", "sysconfig", "distutils", "setuptools", "inspect", "gc", "atexit", "doctest", "unittest", "cffi", "dill", "cloudpickle", "joblib",
        "_posixsubprocess", "_socket", "pydoc", "rlcompleter", "compileall", "py_compile", "linecache", "venv", "ensurepip", "idlelib", "lib2to3", "xmlrpc", "telnetlib",
        "poplib", "imaplib", "nntplib", "concurrent", "sqlite3", "dbm", "shelve", "uuid", "antigravity",
    ];

    // Modules below harmless ones: they build, load or run what a pickle gives them.
    private static readonly string[] hostileParts =
        ["torch.hub", "torch.serialization", "torch.package", "torch.utils.cpp_extension", "torch.utils.collect_env", "torch._dynamo", "torch._inductor", "numpy.testing", "numpy.f2py", "numpy.distutils"];

    /// <summary>False for names that run code or reach the system.</summary>
    public static bool IsHarmless(string module, string name)
    {
        string[] names = name.Split('.');
        string first = module.Split('.')[0];
        if (first is "__builtin__" or "builtins")
        {
            return builtins.Contains(name);
        }
        // Protocol 4 walks along dotted names: torch's "serialization.os.system" is the system's.
        bool walks = names.Length > 1 && Array.Exists(names, n => hostile.Contains(n) || n.StartsWith("__", StringComparison.Ordinal));
        string whole = module + "." + name;
        return !walks && !hostile.Contains(first)
            && !Array.Exists(hostileParts, part => whole.StartsWith(part, StringComparison.Ordinal) && whole.Length > part.Length && whole[part.Length] == '.')
            && !(first is "torch" or "numpy" && names[^1] is "load" or "loads" or "compile" or "_load_from_bytes");
    }

    private const int MaxDimensions = 64; // PyTorch's own limit

    /// <summary>A persistent id: ('storage', class, key, location, count).</summary>
    public static PyTorchStorage Storage(object? id) =>
        id is object?[] { Length: >= 5 } parts && parts is ["storage", PyTorchObject type, string key, _, long count, ..] && count >= 0
            ? new PyTorchStorage(key, DTypeOf(type.ClassName), count)
            : throw new FormatException("a persistent id that is no ('storage', class, key, location, count)");

    public static object? Call(PyTorchArchive archive, string name, object?[] arguments) => name switch
    {
        "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor" => Tensor(archive, arguments, null),
        "torch._utils._rebuild_tensor_v3" => Tensor(archive, arguments, arguments is [_, _, _, _, _, _, PyTorchObject type, ..] ? DTypeOf(type.ClassName) : null),
        "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state" => arguments is [PyTorchTensor tensor, ..] ? tensor : throw Wrong(name),
        "torch._tensor._rebuild_from_type_v2" => arguments is [PyTorchObject function, _, object?[] inner, ..] && function.ClassName.StartsWith("torch._utils._rebuild_", StringComparison.Ordinal)
            ? Call(archive, function.ClassName, inner)
            : throw Wrong(name),
        "collections.OrderedDict" or "__builtin__.dict" or "builtins.dict" => Dictionary(arguments.ElementAtOrDefault(0)),
        "collections.defaultdict" => Dictionary(arguments.ElementAtOrDefault(1)),
        "__builtin__.list" or "builtins.list" => new List<object?>(Elements(arguments)),
        "__builtin__.tuple" or "builtins.tuple" or "torch.Size" => Elements(arguments).ToArray(),
        "__builtin__.set" or "builtins.set" or "__builtin__.frozenset" or "builtins.frozenset" =>
            new HashSet<object?>(Elements(arguments), new PyTorchDictionary.Comparer()!),
        "torch.jit._pickle.build_intlist" or "torch.jit._pickle.build_doublelist" or "torch.jit._pickle.build_boollist" or "torch.jit._pickle.build_tensorlist" =>
            new List<object?>(Elements(arguments)),
        _ => new PyTorchObject(name) { Arguments = arguments },
    };

    private static PyTorchTensor Tensor(PyTorchArchive archive, object?[] arguments, PyTorchDType? dtype)
    {
        if (arguments is not [PyTorchStorage storage, long offset, object?[] { Length: <= MaxDimensions } sizes, object?[] { Length: <= MaxDimensions } strides, ..])
        {
            throw new FormatException("a tensor without storage, offset, sizes and strides");
        }
        PyTorchDType type = dtype ?? storage.DType;
        if (storage.DType == PyTorchDType.Untyped)
        {
            // Counted in bytes; views count in elements.
            storage = storage with { DType = type, Count = storage.Count / PyTorchTensor.SizeOf(type) };
        }
        return type == storage.DType
            ? new PyTorchTensor(archive, storage, type, offset, Numbers(sizes), Numbers(strides))
            : throw new FormatException($"a {type} view of a storage of {storage.DType}");
    }

    private static long[] Numbers(object?[] values) =>
        [.. values.Select(v => v is long number ? number : throw new FormatException($"{v as BigInteger? ?? v ?? "None"} as a size or stride"))];

    private static PyTorchDictionary Dictionary(object? source)
    {
        var result = new PyTorchDictionary();
        if (source is PyTorchDictionary other)
        {
            foreach ((object key, object? value) in other)
            {
                result.Set(key, value);
            }
        }
        else if (source is List<object?> pairs)
        {
            foreach (object? pair in pairs)
            {
                (object? key, object? value) = pair switch
                {
                    object?[] { Length: 2 } tuple => (tuple[0], tuple[1]),
                    List<object?> { Count: 2 } list => (list[0], list[1]),
                    _ => throw new FormatException("a dict of things that are no pairs"),
                };
                result.Set(key, value);
            }
        }
        return result;
    }

    private static IEnumerable<object?> Elements(object?[] arguments) => arguments.ElementAtOrDefault(0) switch
    {
        null => [],
        List<object?> list => list,
        object?[] tuple => tuple,
        HashSet<object?> set => set,
        _ => throw new FormatException("a list of something that is none"),
    };

    private static PyTorchDType DTypeOf(string name) => name switch
    {
        "torch.FloatStorage" or "torch.cuda.FloatStorage" or "torch.float32" => PyTorchDType.Float32,
        "torch.DoubleStorage" or "torch.cuda.DoubleStorage" or "torch.float64" => PyTorchDType.Float64,
        "torch.HalfStorage" or "torch.cuda.HalfStorage" or "torch.float16" => PyTorchDType.Float16,
        "torch.BFloat16Storage" or "torch.cuda.BFloat16Storage" or "torch.bfloat16" => PyTorchDType.BFloat16,
        "torch.LongStorage" or "torch.cuda.LongStorage" or "torch.int64" => PyTorchDType.Int64,
        "torch.IntStorage" or "torch.cuda.IntStorage" or "torch.int32" => PyTorchDType.Int32,
        "torch.ShortStorage" or "torch.cuda.ShortStorage" or "torch.int16" => PyTorchDType.Int16,
        "torch.CharStorage" or "torch.cuda.CharStorage" or "torch.int8" => PyTorchDType.Int8,
        "torch.ByteStorage" or "torch.cuda.ByteStorage" or "torch.uint8" => PyTorchDType.UInt8,
        "torch.BoolStorage" or "torch.cuda.BoolStorage" or "torch.bool" => PyTorchDType.Bool,
        "torch.storage.UntypedStorage" or "torch.UntypedStorage" or "torch.storage._UntypedStorage" => PyTorchDType.Untyped,
        _ => PyTorchDType.Other,
    };

    private static FormatException Wrong(string name) => new($"arguments that {name} does not take");
}
