using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// A pickled omegaconf DictConfig, read as data: containers keep their children in "_content", leaves their value in
/// "_val", and a value "${a.b}" stands for another entry. Plain dictionaries are taken as well.
/// </summary>
internal sealed class OmegaConfig(object? root)
{
    private const int MaxReferences = 16;

    /// <summary>A whole number above 0, or null.</summary>
    public int? Number(string path) => Whole(Resolve(Find(path), MaxReferences));

    /// <summary>A text, or null.</summary>
    public string? Text(string path) => Resolve(Find(path), MaxReferences) as string;

    /// <summary>Two whole numbers above 0, of a list of two or of one number for both; null when it is neither.</summary>
    public (int First, int Second)? Pair(string path) => Resolve(Find(path), MaxReferences) switch
    {
        List<object?> and [var first, var second] when Whole(Resolve(first, MaxReferences)) is { } a && Whole(Resolve(second, MaxReferences)) is { } b => (a, b),
        var one when Whole(one) is { } both => (both, both),
        _ => null,
    };

    private object? Find(string path)
    {
        object? node = root;
        foreach (string key in path.Split('.'))
        {
            node = Content(node) is PyTorchDictionary dictionary && dictionary.TryGetValue(key, out object? child) ? child : null;
        }
        return node;
    }

    private object? Resolve(object? node, int references)
    {
        object? value = Content(node);
        return value is string text && text.StartsWith("${", StringComparison.Ordinal) && text.EndsWith('}')
            ? references > 0 ? Resolve(Find(text[2..^1]), references - 1) : null
            : value;
    }

    private static int? Whole(object? value) => value is long and > 0 and <= int.MaxValue and var number ? (int)number : null;

    private static object? Content(object? node) =>
        node is PyTorchObject { State: PyTorchDictionary state } && (state.TryGetValue("_content", out object? inner) || state.TryGetValue("_val", out inner)) ? inner : node;
}
