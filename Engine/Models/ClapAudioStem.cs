using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// HTSAT's way from a spectrogram to tokens: batch norm per mel bin, time stretched to fill the picture, time cut into pieces
/// that are laid below each other (rows are mels, columns time), one convolution of patches, and, for a longer sound, the
/// fusion with windows of it.
/// </summary>
public sealed class ClapAudioStem
{
    private const string Prefix = "patch_embed";

    private readonly ClapAudioShape shape;

    public ClapAudioStem(ParameterSet parameters, ClapAudioShape shape)
    {
        this.shape = shape;
        BatchNorm = new RunningNorm(parameters, "batch_norm", shape.Bins);
        Patches = new Linear(parameters, $"{Prefix}.proj.weight", $"{Prefix}.proj.bias", shape.Width, shape.Patch * shape.Patch);
        Fusion = shape.Fused ? new ClapFusion(parameters, Prefix, shape) : null;
        Norm = new Norm(parameters, $"{Prefix}.norm", shape.Width);
    }

    public RunningNorm BatchNorm { get; }

    /// <summary>[width, patch * patch], rows of a patch (mel) slowest.</summary>
    public Linear Patches { get; }

    /// <summary>Of a fused tower.</summary>
    public ClapFusion? Fusion { get; }

    public Norm Norm { get; }

    internal static IEnumerable<ParameterShape> Layout(ClapAudioShape s) =>
    [
        .. RunningNorm.Layout("batch_norm", s.Bins),
        new($"{Prefix}.proj.weight", [s.Width, s.Patch * s.Patch]),
        new($"{Prefix}.proj.bias", [s.Width]),
        .. s.Fused ? ClapFusion.Layout(Prefix, s) : [],
        .. Models.Norm.Layout($"{Prefix}.norm", s.Width),
    ];

    /// <summary>One sound.</summary>
    /// <param name="sound">[channels, frames, bins]; only the first channel is read unless the sound is longer than a window.</param>
    /// <param name="frames">At most <see cref="ClapAudioShape.MaxFrames"/>.</param>
    /// <param name="longer">Whether to fuse.</param>
    /// <param name="tokens">The result [grid * grid, width].</param>
    /// <param name="b">Scratch.</param>
    internal void Forward(ReadOnlySpan<float> sound, int frames, bool longer, Span<float> tokens, ClapAudioBuffers b)
    {
        int grid = shape.Grid(0), count = grid * grid, size = frames * shape.Bins;
        var geometry = new ConvolutionShape(shape.Side, shape.Side, 1, shape.Patch, shape.Patch, shape.Patch, shape.Patch, 0, 0);
        Span<float> columns = b.Columns.Span[..(count * geometry.Patch)];               // [tokens, patch]

        Picture(sound[..size], frames, b);
        b.Observer?.Invoke("image", b.Image);
        Convolution.Im2Col(b.Image.Span, columns, 1, geometry);
        Patches.Forward(columns, tokens, count, training: false);
        if (longer && Fusion is { } fusion)
        {
            for (int c = 1; c < shape.Channels; c++)
            {
                Picture(sound.Slice(c * size, size), frames, b);
                b.Observer?.Invoke($"image_ch{c}", b.Image);
                fusion.Hear(c - 1, b);
            }
            fusion.Forward(tokens, b);
        }
        Norm.Forward(tokens, tokens, b.Mean.Span[..count], b.Rstd.Span[..count], count);
    }

    /// <summary>x [frames, bins] to b.Image [side, side].</summary>
    private void Picture(ReadOnlySpan<float> x, int frames, ClapAudioBuffers b)
    {
        int bins = shape.Bins, side = shape.Side, length = shape.MaxFrames;
        Span<float> normal = b.Normal.Span[..(frames * bins)];                          // [frames, bins]
        Span<float> image = b.Image.Span;                                               // [side, side]
        BatchNorm.Forward(x, normal, frames);
        // torch.nn.functional.interpolate(mode="bicubic", align_corners=True) finds its places in float32.
        float step = (float)(frames - 1) / Math.Max(1, length - 1);
        for (int t = 0; t < length; t++)
        {
            Span<float> column = image[(t / side * bins * side + t % side)..];
            if (frames == length)
            {
                for (int m = 0; m < bins; m++)
                {
                    column[m * side] = normal[t * bins + m];
                }
                continue;
            }
            float place = step * t;
            int first = Math.Min((int)place, frames - 1);
            float after = place - first, before = 1 - after;
            float w0 = Outer(after + 1), w1 = Inner(after), w2 = Inner(before), w3 = Outer(before + 1);
            ReadOnlySpan<float> r0 = Row(normal, first - 1, frames), r1 = Row(normal, first, frames);
            ReadOnlySpan<float> r2 = Row(normal, first + 1, frames), r3 = Row(normal, first + 2, frames);
            for (int m = 0; m < bins; m++)
            {
                column[m * side] = r0[m] * w0 + r1[m] * w1 + r2[m] * w2 + r3[m] * w3;
            }
        }
    }

    private ReadOnlySpan<float> Row(ReadOnlySpan<float> x, int frame, int frames) => x.Slice(Math.Clamp(frame, 0, frames - 1) * shape.Bins, shape.Bins);

    // Keys's cubic convolution with A = -0.75: weights of neighbours nearer than 1, and of those between 1 and 2 away.
    private static float Inner(float x) => (1.25f * x - 2.25f) * x * x + 1;

    private static float Outer(float x) => ((-0.75f * x + 3.75f) * x - 6) * x + 3;
}
