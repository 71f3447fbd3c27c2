using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SoundSearch.Engine.Formats;

/// <summary>The tensors of an archive by dotted path, in the order of the file. Values are read when asked for.</summary>
public sealed class PyTorchTensors : IReadOnlyDictionary<string, Tensor>
{
    // A small file can describe a tree of any size by naming the same list again and again.
    private const int MaxVisits = 4_000_000;
    private const int MaxDepth = 128;
    private const int MaxPathLength = 4096;

    private readonly OrderedDictionary<string, PyTorchTensor> tensors = [];
    private readonly HashSet<object> open = new(ReferenceEqualityComparer.Instance);
    private readonly List<object?> path = [];
    private readonly PyTorchArchive archive;
    private string? lastStorage;
    private readonly long maxVisits;
    private int visits;

    // Characters of names and elements to read: one tensor under a million names, or a million views of one storage, would
    // make a small file endless work. Whole checkpoints name each element once or twice.
    private long allowance;

    internal PyTorchTensors(PyTorchArchive archive, object? root)
    {
        this.archive = archive;
        allowance = PyTorchTensor.MaxExpanded + 16 * archive.Length;
        maxVisits = Math.Min(MaxVisits, 65_536 + 4 * archive.Length);
        Visit(root);
        open.Clear();
    }

    public int Count => tensors.Count;

    public IEnumerable<string> Keys => tensors.Keys;

    public IEnumerable<Tensor> Values => tensors.Select(t => t.Value.Read(t.Key));

    /// <exception cref="FileFormatException">There is no such tensor, or its elements are damaged.</exception>
    public Tensor this[string key] => Describe(key).Read(key);

    /// <summary>Shape and type without reading the elements.</summary>
    public PyTorchTensor Describe(string key) => tensors.TryGetValue(key, out PyTorchTensor? tensor)
        ? tensor
        : throw archive.Bad(0, $"a tensor '{key}'", tensors.Count == 0 ? "no tensors" : $"only {string.Join(", ", tensors.Keys.Take(8))}{(tensors.Count > 8 ? ", ..." : "")}", "Use the checkpoint of this architecture.");

    public bool ContainsKey(string key) => tensors.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Tensor value)
    {
        value = tensors.TryGetValue(key, out PyTorchTensor? tensor) ? tensor.Read(key) : null;
        return value != null;
    }

    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() =>
        tensors.Select(t => new KeyValuePair<string, Tensor>(t.Key, t.Value.Read(t.Key))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Visit(object? node)
    {
        if (++visits > maxVisits || open.Count > MaxDepth)
        {
            throw archive.Bad(0, $"at most {maxVisits} nodes, nested {MaxDepth} deep", "more", PyTorchArchive.Damaged);
        }
        if (node is PyTorchTensor tensor)
        {
            Add(tensor);
            return;
        }
        if (node is not (PyTorchDictionary or List<object?> or object?[] or PyTorchObject) || !open.Add(node))
        {
            return; // a number or string, or a list within itself
        }
        switch (node)
        {
            case PyTorchDictionary dictionary:
                foreach ((object key, object? value) in dictionary)
                {
                    Visit(key, value);
                }
                break;
            case IReadOnlyList<object?> list:
                VisitAll(list);
                break;
            case PyTorchObject other:
                Visit(other.State); // a module's attributes are its tensors
                foreach ((object? key, object? value) in other.Entries)
                {
                    Visit(key, value);
                }
                VisitAll(other.Items);
                break;
        }
        open.Remove(node);
    }

    private void VisitAll(IReadOnlyList<object?> list)
    {
        for (int i = 0; i < list.Count; i++)
        {
            Visit((long)i, list[i]);
        }
    }

    private void Visit(object? key, object? value)
    {
        path.Add(key);
        Visit(value);
        path.RemoveAt(path.Count - 1);
    }

    private void Add(PyTorchTensor tensor)
    {
        string[] parts = [.. path.Select(key => key as string ?? Convert.ToString(key, CultureInfo.InvariantCulture) ?? "")];
        string name = parts.Sum(part => (long)part.Length + 1) <= MaxPathLength
            ? string.Join('.', parts)
            : throw archive.Bad(0, $"names of at most {MaxPathLength} characters", "a longer one", PyTorchArchive.Damaged);
        allowance -= name.Length + tensor.Count;
        if (tensor.StorageKey != lastStorage)
        {
            lastStorage = tensor.StorageKey;
            allowance -= archive.StorageLength(lastStorage);
        }
        if (allowance < 0)
        {
            throw archive.Bad(0, $"tensors that {archive.Length} bytes can hold", "the same elements again and again", PyTorchArchive.Damaged);
        }
        if (!tensors.TryAdd(name, tensor))
        {
            throw archive.Bad(0, "one tensor per name", $"two at '{name}'", PyTorchArchive.Damaged);
        }
    }
}
