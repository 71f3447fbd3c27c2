using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SoundSearch.Engine.Formats;

/// <summary>
/// A machine for Python's pickle language (PEP 307, PEP 3154; protocols 2 to 5) that runs nothing: it builds None, bool, numbers,
/// strings, bytes, lists, tuples, sets, dicts and tensors; any other class becomes a <see cref="PyTorchObject"/>. References to
/// modules that reach the interpreter or the system are refused, since nobody writes them into weights by accident.
/// </summary>
internal sealed class PyTorchUnpickler(PyTorchArchive archive, byte[] data)
{
    private const int MaxSteps = 4_000_000; // bounds memory: an opcode of one byte makes an object of a hundred
    private const int MaxNumberBytes = 1024;
    private const int MaxNameBytes = 1024;
    private const int NameCharactersPerStep = 8;

    private static readonly object mark = new();

    private readonly List<object?> stack = [];
    private readonly Dictionary<uint, object?> memo = [];
    private int position;
    private int start;

    // An opcode is a step. So is each element of a list that a call copies: the memo names a long list in two bytes.
    private long steps = Math.Min(MaxSteps, 65_536 + 4L * data.Length);

    /// <exception cref="FileFormatException">The pickle is damaged, or holds what weights do not.</exception>
    public object? Load()
    {
        try
        {
            while (true)
            {
                start = position;
                byte opcode = Take(1)[0];
                if (opcode == '.')
                {
                    return Pop();
                }
                Spend(1);
                Step(opcode);
            }
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException or ArgumentException or KeyNotFoundException)
        {
            throw Refuse("a pickle of tensors, numbers, strings, lists, tuples and dicts", e.Message, inner: e);
        }
    }

    private void Spend(long count)
    {
        steps -= count;
        if (steps < 0)
        {
            throw Refuse($"no more steps than {data.Length} bytes of weights need", "more");
        }
    }

    private void Step(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Version(Take(1)[0]); break; // PROTO
            case 0x95: Take(8); break; // FRAME
            case (byte)'(': Push(mark); break;
            case (byte)'0': stack.RemoveAt(Last()); break; // POP, of a mark as well
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Top()); break; // DUP
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case (byte)'K': Push((long)Take(1)[0]); break;
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 0x8A: Push(Number(Take(1)[0])); break;
            case 0x8B: Push(Number(Length(4))); break;
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case (byte)'X': Push(Text(Length(4))); break;
            case 0x8C: Push(Text(Length(1))); break;
            case 0x8D: Push(Text(Length(8))); break;
            case (byte)'U': Push(Encoding.Latin1.GetString(Take(Length(1)))); break;
            case (byte)'T': Push(Encoding.Latin1.GetString(Take(Length(4)))); break;
            case (byte)'C': Push(Take(Length(1)).ToArray()); break;
            case (byte)'B': Push(Take(Length(4)).ToArray()); break;
            case 0x8E or 0x96: Push(Take(Length(8)).ToArray()); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'l': Push(PopToMark()); break;
            case (byte)'a': AddTo(1); break;
            case (byte)'e' or 0x90: AddTo(SinceMark()); break; // APPENDS, ADDITEMS
            case (byte)')': Push(Array.Empty<object?>()); break;
            case (byte)'t': Push(PopToMark().ToArray()); break;
            case 0x85 or 0x86 or 0x87: Push(PopMany(opcode - 0x84)); break; // TUPLE1..3
            case (byte)'}': Push(new PyTorchDictionary()); break;
            case (byte)'d': Push(Fill(new PyTorchDictionary(), PopToMark())); break;
            case (byte)'s': SetIn(2); break;
            case (byte)'u': SetIn(SinceMark()); break;
            case 0x8F: Push(new HashSet<object?>(new PyTorchDictionary.Comparer()!)); break;
            case 0x91: Push(new HashSet<object?>(PopToMark(), new PyTorchDictionary.Comparer()!)); break; // FROZENSET
            case (byte)'q': memo[Take(1)[0]] = Top(); break;
            case (byte)'r': memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case 0x94: memo[(uint)memo.Count] = Top(); break;
            case (byte)'h': Push(Remember(Take(1)[0])); break;
            case (byte)'j': Push(Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case (byte)'c': Push(Global(Line(), Line())); break;
            case 0x93: Push(StackGlobal()); break;
            case (byte)'R' or 0x81: Call(); break; // REDUCE, NEWOBJ
            case 0x92: Pop(); Call(); break; // NEWOBJ_EX: keyword arguments are dropped
            case (byte)'b': Build(); break;
            case (byte)'Q': Push(PyTorchRebuild.Storage(Pop())); break; // BINPERSID
            default: throw Refuse("an opcode that torch.save writes", $"0x{opcode:X2}{Name(opcode)}");
        }
    }

    private static string Name(byte opcode) => opcode switch
    {
        (byte)'i' => " (INST, which makes an object by calling)",
        (byte)'o' => " (OBJ, which makes an object by calling)",
        (byte)'P' => " (PERSID)",
        0x82 or 0x83 or 0x84 => " (EXT, a registered class)",
        0x97 or 0x98 => " (a buffer outside of the file)",
        (byte)'I' or (byte)'L' or (byte)'F' or (byte)'S' or (byte)'V' or (byte)'g' or (byte)'p' => " (protocol 0)",
        _ => "",
    };

    private void Version(byte version)
    {
        if (version is < 2 or > 5)
        {
            throw Refuse("pickle protocol 2 to 5", version.ToString());
        }
    }

    private int Last() => stack.Count > 0 ? stack.Count - 1 : throw new FormatException("an empty stack");

    private void Push(object? value) => stack.Add(value);

    private object? Top() => stack[Last()] is object value && ReferenceEquals(value, mark) ? throw new FormatException("a mark in place of a value") : stack[^1];

    private object? Pop()
    {
        object? value = Top();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        while (count > 0)
        {
            values[--count] = Pop();
        }
        return values;
    }

    private int SinceMark()
    {
        for (int i = stack.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(stack[i], mark))
            {
                stack.RemoveAt(i);
                return stack.Count - i;
            }
        }
        throw new FormatException("no mark on the stack");
    }

    private List<object?> PopToMark()
    {
        int count = SinceMark();
        List<object?> values = stack.GetRange(stack.Count - count, count);
        stack.RemoveRange(stack.Count - count, count);
        return values;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > data.Length - position)
        {
            throw Refuse($"{count} more bytes", $"{data.Length - position} (truncated)");
        }
        position += (int)count;
        return data.AsSpan(position - (int)count, (int)count);
    }

    private long Length(int bytes)
    {
        ReadOnlySpan<byte> b = Take(bytes);
        return bytes switch { 1 => b[0], 4 => BinaryPrimitives.ReadUInt32LittleEndian(b), _ => checked((long)BinaryPrimitives.ReadUInt64LittleEndian(b)) };
    }

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private object Number(long length)
    {
        if (length > MaxNumberBytes)
        {
            throw Refuse($"a number of at most {MaxNumberBytes} bytes", $"{length}");
        }
        var value = new BigInteger(Take(length));
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private string Line()
    {
        int length = data.AsSpan(position, Math.Min(MaxNameBytes, data.Length - position)).IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Refuse($"a name of at most {MaxNameBytes} bytes", "no end of line");
        }
        string line = Encoding.UTF8.GetString(Take(length));
        position++;
        return line;
    }

    private object? Remember(uint index) =>
        memo.TryGetValue(index, out object? value) ? value : throw new FormatException($"memo {index}, which was never set");

    private PyTorchObject StackGlobal()
    {
        object? name = Pop();
        object? module = Pop();
        if (module is not string m || name is not string n)
        {
            throw new FormatException("a class whose name is no string");
        }
        Spend((m.Length + n.Length) / NameCharactersPerStep); // two strings of the memo make a new one
        return Global(m, n);
    }

    private PyTorchObject Global(string module, string name) =>
        PyTorchRebuild.IsHarmless(module, name)
            ? new PyTorchObject(module + "." + name)
            : throw Refuse("tensors and plain data", $"a reference to {module}.{name}, which runs code or reaches the system where Python loads the file", PyTorchArchive.Hostile);

    private void Call()
    {
        object?[] arguments = Pop() as object?[] ?? throw new FormatException("arguments that are no tuple");
        PyTorchObject callee = Pop() as PyTorchObject ?? throw new FormatException("a call of something that is no class or function");
        Spend(arguments.Length);
        foreach (object? argument in arguments)
        {
            Spend(argument switch
            {
                List<object?> list => list.Count,
                object?[] tuple => tuple.Length,
                HashSet<object?> set => set.Count,
                PyTorchDictionary dictionary => dictionary.Count,
                _ => 0,
            });
        }
        Push(PyTorchRebuild.Call(archive, callee.ClassName, arguments));
    }

    private void Build()
    {
        object? state = Pop();
        switch (Top())
        {
            case PyTorchObject target: target.State = state; break;
            case PyTorchDictionary or PyTorchTensor: break; // _metadata of a state dict, attributes of a parameter
            default: throw new FormatException("a state for something that has none");
        }
    }

    private void AddTo(int count)
    {
        object?[] values = PopMany(count);
        switch (Top())
        {
            case List<object?> list: list.AddRange(values); break;
            case HashSet<object?> set: set.UnionWith(values); break;
            case PyTorchObject target: Array.ForEach(values, target.Add); break;
            default: throw new FormatException("elements appended to what is no list");
        }
    }

    private void SetIn(int count)
    {
        object?[] values = PopMany(count);
        Fill(Top(), values);
    }

    private static object? Fill(object? target, IReadOnlyList<object?> values)
    {
        if (values.Count % 2 != 0)
        {
            throw new FormatException("a key without a value");
        }
        for (int i = 0; i < values.Count; i += 2)
        {
            switch (target)
            {
                case PyTorchDictionary dictionary: dictionary.Set(values[i], values[i + 1]); break;
                case PyTorchObject other: other.Set(values[i], values[i + 1]); break;
                default: throw new FormatException("items set in what is no dict");
            }
        }
        return target;
    }

    // Offsets are those of the pickle: where it lies in the archive is of no use to who looks at it with pickletools.
    private FileFormatException Refuse(string expected, string actual, string remedy = PyTorchArchive.Damaged, Exception? inner = null) =>
        archive.Bad(start, $"{expected} in {archive.PickleEntry}", actual, remedy, inner);
}
