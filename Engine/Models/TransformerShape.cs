namespace SoundSearch.Engine.Models;

/// <summary>Sizes of a transformer; CLIP's have heads of 64 and an MLP of 4 times the width.</summary>
public readonly record struct TransformerShape(int Width, int Heads, int Layers, bool Causal)
{
    public const int Expansion = 4;

    public int HeadWidth => Width / Heads;
}
