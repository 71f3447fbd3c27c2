namespace SoundSearch.Engine.Models;

/// <summary>Sizes of a text tower. CLIP ViT-B/32: 49408, 77, 512, 8, 12, 512.</summary>
/// <param name="Vocabulary">Token ids are below this.</param>
/// <param name="Context">Longest row of ids, start and end token included.</param>
/// <param name="Width">Of the residual stream.</param>
/// <param name="Heads">Width / 64 in CLIP.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Embedding">Length of the result.</param>
public sealed record TextTowerShape(int Vocabulary, int Context, int Width, int Heads, int Layers, int Embedding)
{
    public TransformerShape Transformer => new(Width, Heads, Layers, Causal: true);

    /// <summary>OpenAI's names and shapes.</summary>
    public IReadOnlyList<ParameterShape> Layout() =>
    [
        new("positional_embedding", [Context, Width]),
        new("text_projection", [Width, Embedding]),
        .. Models.Transformer.Layout("transformer", Transformer),
        new("token_embedding.weight", [Vocabulary, Width]),
        .. Norm.Layout("ln_final", Width),
    ];
}
