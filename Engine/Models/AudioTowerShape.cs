using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Sizes of an audio tower, or, with a picture for a spectrogram, of CLIP's image tower: height is time (or the
/// picture's rows), width of the picture is the mel axis.
/// VIP-ANT: patch stem, 1000 x 128, patch 32 x 32, stride 16 x 24 (grid 61 x 5), width 768, 12 heads, 12 layers, 512.
/// </summary>
public sealed record AudioTowerShape
{
    public StemKind Stem { get; init; } = StemKind.Patch;

    /// <summary>Frames of the sound that the position table is made for (rows of a picture).</summary>
    public required int Frames { get; init; }

    /// <summary>Mel bins (columns of a picture).</summary>
    public required int Bins { get; init; }

    /// <summary>Patch stem: channels of the kernels, 1 or 3; kernels of 3 are averaged for an input of 1.</summary>
    public int Channels { get; init; } = 1;

    /// <summary>Patch stem: height (time) and width (mel) of a patch, and its strides.</summary>
    public int PatchHeight { get; init; }

    public int PatchWidth { get; init; }

    public int StrideHeight { get; init; }

    public int StrideWidth { get; init; }

    /// <summary>Conv stem: output channels of each convolution; each halves time and mel.</summary>
    public int[] StemChannels { get; init; } = [16, 32, 64];

    public required int Width { get; init; }

    public required int Heads { get; init; }

    public required int Layers { get; init; }

    /// <summary>Width of the MLP's hidden layer; null: 4 times the width.</summary>
    public int? Hidden { get; init; }

    /// <summary>Null: QuickGELU.</summary>
    public Activation? Activation { get; init; }

    /// <summary>Of the layer norms; null: 1e-5.</summary>
    public float? Epsilon { get; init; }

    /// <summary>Length of the result.</summary>
    public required int Embedding { get; init; }

    public Pool Pool { get; init; } = Pool.Class;

    /// <summary>Rows of tokens (time) for a sound of so many frames.</summary>
    public int GridRows(int frames) => Stem == StemKind.Patch ? (frames - PatchHeight) / StrideHeight + 1 : Halved(frames);

    /// <summary>Tokens per row; the conv stem makes one of each time step. 0 without a stride: sizes are printed before they are refused.</summary>
    public int GridColumns => Stem != StemKind.Patch ? 1 : StrideWidth == 0 ? 0 : (Bins - PatchWidth) / StrideWidth + 1;

    /// <summary>1 if there is a class token, else 0.</summary>
    public int ClassTokens => Pool == Pool.Class ? 1 : 0;

    /// <summary>Tokens of a sound of so many frames.</summary>
    public int Tokens(int frames) => ClassTokens + GridRows(frames) * GridColumns;

    /// <summary>Fewest frames that give a token.</summary>
    public int MinFrames => Stem == StemKind.Patch ? PatchHeight : 1;

    public TransformerShape Transformer => new(Width, Heads, Layers, Causal: false)
    {
        Hidden = Hidden ?? 4 * Width,
        Activation = Activation ?? Models.Activation.QuickGelu,
        Epsilon = Epsilon ?? LayerNorm.Epsilon,
    };

    /// <summary>VIP-ANT's names and shapes; the conv stem's are ours.</summary>
    public IReadOnlyList<ParameterShape> Layout() =>
    [
        .. Stem == StemKind.Patch ? PatchStem.Layout(this) : ConvStem.Layout(this),
        .. Norm.Layout("pre_encoder.ln", Width),
        .. ClassTokens == 1 ? [new ParameterShape("misc.class_embedding", [Width])] : Array.Empty<ParameterShape>(),
        new("misc.positional_embedding", [Tokens(Frames), Width]),
        .. Models.Transformer.Layout("encoder", Transformer),
        .. Norm.Layout("post_encoder.ln", Width),
        new("post_encoder.proj", [Width, Embedding]),
    ];

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        const int Max = TransformerShape.Largest;
        bool sizes = Frames >= MinFrames && Frames <= Max && Bins is > 0 and <= Max && Embedding is > 0 and <= Max && Transformer.IsSound
            && Enum.IsDefined(Stem) && Enum.IsDefined(Pool);
        bool stem = Stem == StemKind.Conv
            ? StemChannels is { Length: > 0 and <= 16 } && StemChannels.All(c => c is > 0 and <= Max) // absent in JSON: null
            : PatchHeight > 0 && PatchWidth > 0 && PatchWidth <= Bins && StrideHeight > 0 && StrideWidth > 0 && Channels is 1 or 3;
        if (!sizes || !stem || (long)GridRows(Frames) * GridColumns >= TransformerShape.MaxTokens)
        {
            throw new ArgumentException($"These sizes do not make a tower: {this}.");
        }
    }

    /// <summary>Length after the conv stem's convolutions: kernel 3, padding 1, stride 2 each.</summary>
    internal int Halved(int length) => StemChannels.Aggregate(length, (n, _) => (n - 1) / 2 + 1);
}
