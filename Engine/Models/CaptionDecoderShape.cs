namespace SoundSearch.Engine.Models;

/// <summary>Sizes of a <see cref="CaptionDecoder"/>.</summary>
public sealed record CaptionDecoderShape
{
    /// <summary>Token ids are below this.</summary>
    public required int Vocabulary { get; init; }

    public int Width { get; init; } = 128;

    public int Heads { get; init; } = 4;

    public int Layers { get; init; } = 3;

    /// <summary>Tokens that a sound is heard as.</summary>
    public int AudioTokens { get; init; } = 10;

    /// <summary>Length of each.</summary>
    public int AudioWidth { get; init; } = 256;

    /// <summary>Most token ids of the tags.</summary>
    public int TagTokens { get; init; } = 16;

    /// <summary>Most token ids of a caption, the start included, the end not: the end is never read.</summary>
    public int CaptionTokens { get; init; } = 24;

    /// <summary>Longest sequence.</summary>
    public int Context => AudioTokens + TagTokens + CaptionTokens;

    public TransformerShape Transformer => new(Width, Heads, Layers, Causal: true);

    public IReadOnlyList<ParameterShape> Layout() =>
    [
        new("positional_embedding", [Context, Width]),
        new("audio.linear.weight", [Width, AudioWidth]),
        new("audio.linear.bias", [Width]),
        .. Models.Transformer.Layout("transformer", Transformer),
        new("token_embedding.weight", [Vocabulary, Width]),
        .. Norm.Layout("ln_final", Width),
    ];

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        bool Sound(int size, int least) => size >= least && size <= TransformerShape.Largest;
        bool sizes = Vocabulary is > 2 and < 1 << 24 && Sound(AudioTokens, 0) && Sound(AudioWidth, 1) && Sound(TagTokens, 0) && Sound(CaptionTokens, 1);
        if (!sizes || Context > TransformerShape.MaxTokens || !Transformer.IsSound)
        {
            throw new ArgumentException($"These sizes do not make a caption decoder: {this}.");
        }
    }
}
