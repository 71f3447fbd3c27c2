namespace SoundSearch.Engine.Formats;

/// <summary>
/// An object of a class that this reader does not know, kept as data: nothing of the class was looked up or run. A bare reference
/// to a class or function has neither arguments nor state.
/// </summary>
public sealed class PyTorchObject(string className)
{
    private readonly List<object?> items = [];
    private readonly List<KeyValuePair<object?, object?>> entries = [];

    /// <summary>Module and name, as "omegaconf.dictconfig.DictConfig".</summary>
    public string ClassName { get; } = className;

    /// <summary>What the constructor would have been called with; empty for a bare reference.</summary>
    public IReadOnlyList<object?> Arguments { get; init; } = [];

    /// <summary>What __setstate__ would have been given, usually a dictionary of attributes.</summary>
    public object? State { get; internal set; }

    /// <summary>Elements appended to it, if it is some kind of list or set.</summary>
    public IReadOnlyList<object?> Items => items;

    /// <summary>Keys and values set in it, if it is some kind of dictionary.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Entries => entries;

    public override string ToString() => ClassName;

    internal void Add(object? item) => items.Add(item);

    internal void Set(object? key, object? value) => entries.Add(new(key, value));
}
