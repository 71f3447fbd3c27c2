using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Sizes and kind of a transformer. What is not given is CLIP's: an MLP of 4 times the width with QuickGELU, norms before
/// attention and MLP with an epsilon of 1e-5.
/// </summary>
public readonly record struct TransformerShape(int Width, int Heads, int Layers, bool Causal)
{
    /// <summary>No width of a public model comes near.</summary>
    internal const int Largest = 65_536;

    /// <summary>A description must not make its reader list parameters without end.</summary>
    internal const int MaxLayers = 1024;

    /// <summary>Attention takes the square of it in memory.</summary>
    internal const int MaxTokens = 8192;

    private readonly int hidden;

    /// <summary>Width of the MLP's hidden layer.</summary>
    public int Hidden
    {
        get => hidden == 0 ? 4 * Width : hidden;
        init => hidden = value;
    }

    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>The norms come after the residual sums (BERT) instead of before attention and MLP.</summary>
    public bool PostNorm { get; init; }

    /// <summary>Of the layer norms.</summary>
    public float Epsilon { get; init; } = LayerNorm.Epsilon;

    /// <summary>0 without heads: sizes are printed before they are refused.</summary>
    public int HeadWidth => Heads == 0 ? 0 : Width / Heads;

    /// <summary>Whether the sizes make a transformer.</summary>
    internal bool IsSound =>
        Width is > 0 and <= Largest && Heads > 0 && Width % Heads == 0 && Layers is >= 0 and <= MaxLayers && Hidden is > 0 and <= 16 * Largest
        && Epsilon is >= 0 and < 1 && Enum.IsDefined(Activation);
}
