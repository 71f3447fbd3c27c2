using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Formats;

/// <summary>A Python dict of an archive, in its order. Keys are mostly strings; other keys are numbers, or compared by reference.</summary>
public sealed class PyTorchDictionary : IReadOnlyCollection<KeyValuePair<object, object?>>
{
    /// <summary>Python's None as a key.</summary>
    public static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> entries = new(new Comparer());

    public int Count => entries.Count;

    public object? this[string key] => entries[key];

    public bool TryGetValue(object key, [MaybeNullWhen(false)] out object? value) => entries.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() => entries.GetEnumerator();

    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Set(object? key, object? value) => entries[key ?? NoneKey] = value;

    // Numbers are hashed with the process's random seed, so that a file cannot choose keys that collide.
    internal sealed class Comparer : IEqualityComparer<object>
    {
        public new bool Equals(object? a, object? b) => ReferenceEquals(a, b) || (a is string or long or double or bool && a.Equals(b));

        public int GetHashCode(object key) => key switch
        {
            string text => text.GetHashCode(StringComparison.Ordinal),
            long or double or bool => HashCode.Combine(key),
            _ => RuntimeHelpers.GetHashCode(key),
        };
    }
}
