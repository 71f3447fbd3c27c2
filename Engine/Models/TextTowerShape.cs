using SoundSearch.Engine.Kernels;

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
    /// <summary>Width of the MLP's hidden layer; null: 4 times the width.</summary>
    public int? Hidden { get; init; }

    /// <summary>Null: QuickGELU.</summary>
    public Activation? Activation { get; init; }

    /// <summary>Of the layer norms; null: 1e-5.</summary>
    public float? Epsilon { get; init; }

    /// <summary>Which token of a row is its end, as Hugging Face's eos_token_id says it; null: the last. See <see cref="EndOf"/>.</summary>
    public int? EndToken { get; init; }

    public TransformerShape Transformer => new(Width, Heads, Layers, Causal: true)
    {
        Hidden = Hidden ?? 4 * Width,
        Activation = Activation ?? Models.Activation.QuickGelu,
        Epsilon = Epsilon ?? LayerNorm.Epsilon,
    };

    /// <summary>
    /// The place of a row's end token, whose vector is the text's. By Hugging Face's rules: the first id that is
    /// <see cref="EndToken"/>, or place 0 if there is none; if it is 2, as in files of before 2023, the first of the highest ids.
    /// </summary>
    /// <param name="row">At least one id.</param>
    public int EndOf(ReadOnlySpan<int> row)
    {
        const int Legacy = 2;
        if (EndToken is not { } end)
        {
            return row.Length - 1;
        }
        if (end != Legacy)
        {
            return Math.Max(0, row.IndexOf(end));
        }
        int highest = 0;
        for (int i = 1; i < row.Length; i++)
        {
            highest = row[i] > row[highest] ? i : highest;
        }
        return highest;
    }

    /// <summary>OpenAI's names and shapes.</summary>
    public IReadOnlyList<ParameterShape> Layout() =>
    [
        new("positional_embedding", [Context, Width]),
        new("text_projection", [Width, Embedding]),
        .. Models.Transformer.Layout("transformer", Transformer),
        new("token_embedding.weight", [Vocabulary, Width]) { Deferred = true },
        .. Norm.Layout("ln_final", Width),
    ];

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        bool sizes = Vocabulary is > 2 and < 1 << 24 && Context is >= 2 and <= TransformerShape.MaxTokens && Embedding is > 0 and <= TransformerShape.Largest;
        if (!sizes || !Transformer.IsSound)
        {
            throw new ArgumentException($"These sizes do not make a text tower: {this}.");
        }
    }
}
