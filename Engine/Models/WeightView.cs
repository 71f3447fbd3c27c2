using System.Globalization;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>The tensors of a checkpoint below a prefix, under names that may be translated from those a tower uses.</summary>
public sealed class WeightView
{
    private readonly WeightFile file;
    private readonly string prefix;
    private readonly Func<string, string> translate;

    /// <param name="file">Stays open as long as the view is used.</param>
    /// <param name="prefix">Put before every name.</param>
    /// <param name="translate">From a tower's name to the checkpoint's; null: they are the same.</param>
    public WeightView(WeightFile file, string prefix = "", Func<string, string>? translate = null) =>
        (this.file, this.prefix, this.translate) = (file, prefix, translate ?? (name => name));

    public string Path => file.Path;

    public bool Has(string name) => ShapeOf(name) is not null;

    public int[]? ShapeOf(string name) => file.ShapeOf(prefix + translate(name));

    public Tensor? Read(string name) => file.Read(prefix + translate(name));

    /// <summary>The shape of a tensor that must be there.</summary>
    /// <exception cref="FileFormatException">It is not, or has another number of dimensions, or an empty one.</exception>
    public int[] Require(string name, int dimensions)
    {
        int[]? shape = ShapeOf(name);
        return shape is not null && shape.Length == dimensions && Array.TrueForAll(shape, d => d > 0)
            ? shape
            : throw Bad(
                $"a tensor '{prefix}{translate(name)}' of {dimensions} dimensions", shape is null ? "none of that name" : $"the shape [{string.Join(", ", shape)}]");
    }

    /// <summary>How many blocks there are: one more than the highest N in names "STEM.N.…".</summary>
    /// <exception cref="FileFormatException">There is none.</exception>
    public int Layers(string stem)
    {
        string start = prefix + translate(stem + ".");
        int layers = 0;
        foreach (string name in file.Names.Where(n => n.StartsWith(start, StringComparison.Ordinal)))
        {
            ReadOnlySpan<char> rest = name.AsSpan(start.Length);
            int end = rest.IndexOf('.');
            if (end > 0 && int.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n < TransformerShape.MaxLayers)
            {
                layers = Math.Max(layers, n + 1);
            }
        }
        return layers > 0 ? layers : throw Bad($"tensors '{start}0.…'", "none of such names");
    }

    /// <summary>Width / 64, as in every CLIP and VIP-ANT.</summary>
    /// <exception cref="FileFormatException">The width is no multiple of 64.</exception>
    public int Heads(int width) => width % 64 == 0
        ? width / 64
        : throw Bad("a width that heads of 64 divide", $"{width}");

    internal FileFormatException Bad(string expected, string actual, string remedy = "Use a whole checkpoint of a supported architecture: VIP-ANT, CLIP ViT or LAION-CLAP.") =>
        new(Path, 0, expected, actual, remedy);
}
