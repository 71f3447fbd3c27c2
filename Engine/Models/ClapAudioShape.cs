namespace SoundSearch.Engine.Models;

/// <summary>
/// Sizes of LAION-CLAP's audio tower, HTSAT (Chen et al. 2022): a Swin transformer over a spectrogram folded into a square
/// picture. What is not given is that of the public models: 1,024 frames x 64 mels become 256 x 256, 64 x 64 tokens of 96,
/// then 32 x 32 of 192, 16 x 16 of 384 and 8 x 8 of 768.
/// </summary>
public sealed record ClapAudioShape
{
    /// <summary>Rows and columns of the picture (spec_size).</summary>
    public int Side { get; init; } = 256;

    /// <summary>Mel bins; they divide <see cref="Side"/>.</summary>
    public int Bins { get; init; } = 64;

    /// <summary>Rows and columns of a patch, which are its strides too.</summary>
    public int Patch { get; init; } = 4;

    /// <summary>Rows and columns of the windows that attention looks at.</summary>
    public int Window { get; init; } = 8;

    /// <summary>Width of the first stage; each later one is twice as wide as the one before.</summary>
    public int Width { get; init; } = 96;

    /// <summary>Blocks of each stage.</summary>
    public int[] Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>Heads of each stage.</summary>
    public int[] Heads { get; init; } = [4, 8, 16, 32];

    /// <summary>Width of an MLP over that of its stage.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Of the blocks' layer norms; that of all others is 1e-5.</summary>
    public float Epsilon { get; init; } = 1e-5f;

    /// <summary>Length of the result.</summary>
    public int Embedding { get; init; } = 512;

    /// <summary>Whether sounds longer than a window can be heard as a whole: see <see cref="ClapFusion"/>.</summary>
    public bool Fused { get; init; }

    /// <summary>How many times narrower the fusion's inner layers are (aff_block_r).</summary>
    public int FusionReduction { get; init; } = 4;

    public int Stages => Depths.Length;

    /// <summary>Pieces that time is cut into; they lie below each other in the picture.</summary>
    public int Folds => Side / Bins;

    /// <summary>Frames that fill the picture. Fewer are stretched.</summary>
    public int MaxFrames => Side * Folds;

    /// <summary>Spectrograms of a sound.</summary>
    public int Channels => Fused ? Features.ClapFeatures.FusedChannels : 1;

    /// <summary>Width of the last stage, and of a pooled sound.</summary>
    public int FinalWidth => StageWidth(Stages - 1);

    /// <summary>Tokens in a window.</summary>
    public int WindowTokens => Window * Window;

    /// <summary>Rows and columns of a stage's tokens.</summary>
    public int Grid(int stage) => (Side / Patch) >> stage;

    public int StageWidth(int stage) => Width << stage;

    /// <summary>By how many tokens a block's windows are shifted: odd blocks by half a window, unless there is only one window.</summary>
    public int Shift(int stage, int block) => block % 2 == 1 && Grid(stage) > Window ? Window / 2 : 0;

    /// <summary>The blocks of a stage.</summary>
    public TransformerShape Blocks(int stage) => new(StageWidth(stage), Heads[stage], Depths[stage], Causal: false)
    {
        Hidden = (int)(MlpRatio * StageWidth(stage)),
        Activation = Activation.Gelu,
        Epsilon = Epsilon,
    };

    /// <summary>
    /// Hugging Face's names below audio_model.audio_encoder, but for the blocks' own parts, which have the names of <see cref="TransformerBlock"/>,
    /// and the projection; convolutions are matrices.
    /// </summary>
    public IReadOnlyList<ParameterShape> Layout() =>
    [
        .. ClapAudioStem.Layout(this),
        .. Enumerable.Range(0, Stages).SelectMany(s => ClapAudioStage.Layout(this, s)),
        .. Norm.Layout("norm", FinalWidth),
        new("projection.linear1.weight", [Embedding, FinalWidth]),
        new("projection.linear1.bias", [Embedding]),
        new("projection.linear2.weight", [Embedding, Embedding]),
        new("projection.linear2.bias", [Embedding]),
    ];

    /// <exception cref="ArgumentException">A size is missing or makes no sense.</exception>
    public void Check()
    {
        const int Largest = 16_384;
        int[] depths = Depths ?? [], heads = Heads ?? []; // null where the JSON has none
        bool picture = Side is > 0 and <= 4096 && Bins > 0 && Side % Bins == 0 && Patch > 0 && Side % Patch == 0 && Window is > 0 and <= 64;
        bool widths = Width is > 0 and <= Largest && Embedding is > 0 and <= Largest && MlpRatio is > 0 and <= 64 && Epsilon is > 0 and < 1
            && (!Fused || (FusionReduction > 0 && FusionReduction <= Width && Patch * 3 <= Side));
        bool stages = depths.Length is > 0 and <= 8 && heads.Length == depths.Length && Array.TrueForAll(depths, d => d is > 0 and <= 256);
        for (int s = 0; picture && widths && stages && s < depths.Length; s++)
        {
            stages = StageWidth(s) <= Largest && heads[s] > 0 && StageWidth(s) % heads[s] == 0 && (int)(MlpRatio * StageWidth(s)) > 0
                && Side / Patch % (1 << s) == 0 && Grid(s) > 0 && Grid(s) % Window == 0; // no padding, as in the public models
        }
        if (!picture || !widths || !stages)
        {
            throw new ArgumentException(
                $"These sizes do not make an HTSAT: a picture of {Side} for {Bins} mels, patches of {Patch}, windows of {Window}, width {Width}, "
                + $"depths [{string.Join(", ", depths)}], heads [{string.Join(", ", heads)}], MLP ratio {MlpRatio}, epsilon {Epsilon}, "
                + $"embedding {Embedding}, fusion {(Fused ? $"1/{FusionReduction}" : "none")}. Grids must be multiples of the window, and be halved evenly.");
        }
    }
}
