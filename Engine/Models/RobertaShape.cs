namespace SoundSearch.Engine.Models;

/// <summary>
/// Sizes of LAION-CLAP's text tower, RoBERTa (Liu et al. 2019) with a pooler and a projection of two layers. What is not given is
/// that of the public models, roberta-base: 12 post-LN blocks of 768 with 12 heads.
/// </summary>
public sealed record RobertaShape
{
    /// <summary>Token ids are below this.</summary>
    public int Vocabulary { get; init; } = 50265;

    /// <summary>Rows of the position table; the first of them that a text uses is <see cref="PadToken"/> + 1.</summary>
    public int Positions { get; init; } = 514;

    /// <summary>Longest row of ids, start and end token included. The table would do for 512; CLAP was trained with 77.</summary>
    public int Context { get; init; } = 77;

    /// <summary>Of the residual stream.</summary>
    public int Width { get; init; } = 768;

    public int Heads { get; init; } = 12;

    /// <summary>Blocks.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Width of the MLP's hidden layer.</summary>
    public int Hidden { get; init; } = 3072;

    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>Of the layer norms.</summary>
    public float Epsilon { get; init; } = 1e-12f;

    /// <summary>The id that fills rows up; it has no position of its own.</summary>
    public int PadToken { get; init; } = 1;

    /// <summary>Length of the result.</summary>
    public int Embedding { get; init; } = 512;

    /// <summary>Longest row that the position table allows.</summary>
    public int MaxContext => Positions - PadToken - 1;

    public TransformerShape Transformer => new(Width, Heads, Layers, Causal: false)
    {
        Hidden = Hidden,
        Activation = Activation,
        PostNorm = true,
        Epsilon = Epsilon,
    };

    /// <summary>Our names, which are those of <see cref="TextTowerShape"/> where the parts are the same.</summary>
    public IReadOnlyList<ParameterShape> Layout() =>
    [
        new("token_embedding.weight", [Vocabulary, Width]),
        new("positional_embedding", [Positions, Width]),
        new("type_embedding", [Width]),
        .. Norm.Layout("ln_embedding", Width),
        .. Models.Transformer.Layout("transformer", Transformer),
        new("pooler.weight", [Width, Width]),
        new("pooler.bias", [Width]),
        new("projection.linear1.weight", [Embedding, Width]),
        new("projection.linear1.bias", [Embedding]),
        new("projection.linear2.weight", [Embedding, Embedding]),
        new("projection.linear2.bias", [Embedding]),
    ];

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        bool sizes = Vocabulary > 2 && PadToken >= 0 && PadToken < Vocabulary && Positions is > 0 and <= TransformerShape.Largest
            && Embedding is > 0 and <= TransformerShape.Largest && Context >= 2 && Context <= MaxContext;
        if (!sizes || !Transformer.IsSound)
        {
            throw new ArgumentException($"These sizes do not make a RoBERTa: {this}.");
        }
    }
}
