using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// How a fused HTSAT hears a sound longer than its window (Wu et al. 2023, section 3.3): patches of the whole sound, made shorter,
/// are the global features; wider patches of three windows of it, side by side in time, the local ones. Attentional feature
/// fusion (Dai et al. 2021) weighs the one against the other for each token and channel.
/// </summary>
public sealed class ClapFusion
{
    private const int Windows = Features.ClapFeatures.FusedChannels - 1;

    private readonly ClapAudioShape shape;
    private readonly ConvolutionShape geometry;
    private readonly int inner;
    private readonly Linear patches;
    private readonly Branch local;
    private readonly Branch global;

    internal ClapFusion(ParameterSet parameters, string prefix, ClapAudioShape shape)
    {
        this.shape = shape;
        (geometry, inner) = (Geometry(shape), Inner(shape));
        patches = new Linear(parameters, $"{prefix}.mel_conv2d.weight", $"{prefix}.mel_conv2d.bias", shape.Width, geometry.Patch);
        local = new Branch(parameters, LocalNames(prefix), shape);
        global = new Branch(parameters, GlobalNames(prefix), shape);
    }

    /// <summary>Patches of the windows: as high as the others and three times as wide.</summary>
    internal static ConvolutionShape Geometry(ClapAudioShape s) => new(s.Side, s.Side, 1, s.Patch, 3 * s.Patch, s.Patch, 3 * s.Patch, 0, 0);

    internal static int Inner(ClapAudioShape s) => s.Width / s.FusionReduction;

    internal static IEnumerable<ParameterShape> Layout(string prefix, ClapAudioShape s) =>
    [
        new($"{prefix}.mel_conv2d.weight", [s.Width, Geometry(s).Patch]),
        new($"{prefix}.mel_conv2d.bias", [s.Width]),
        .. Branch.Layout(LocalNames(prefix), s),
        .. Branch.Layout(GlobalNames(prefix), s),
    ];

    /// <summary>Puts the patches of a window's picture (b.Image) into its columns of the local features (b.Local).</summary>
    internal void Hear(int window, ClapAudioBuffers b)
    {
        int width = shape.Width, grid = shape.Grid(0), across = geometry.OutWidth, count = grid * across;
        Span<float> columns = b.Columns.Span[..(count * geometry.Patch)];               // [grid * across, patch]
        Span<float> found = b.Sum.Span[..(count * width)];                              // [grid * across, width]
        Span<float> features = b.Local.Span;                                            // [grid * grid, width]
        Convolution.Im2Col(b.Image.Span, columns, 1, geometry);
        patches.Forward(columns, found, count, training: false);
        int to = window * across, rest = grid - Windows * across;
        for (int row = 0; row < grid; row++)
        {
            found.Slice(row * across * width, across * width).CopyTo(features[((row * grid + to) * width)..]);
            if (window == Windows - 1)
            {
                features.Slice((row * grid + to + across) * width, rest * width).Clear(); // what three windows leave over
            }
        }
    }

    /// <summary>tokens [grid * grid, width]: global features become fused ones.</summary>
    internal void Forward(Span<float> tokens, ClapAudioBuffers b)
    {
        int width = shape.Width, count = shape.Grid(0) * shape.Grid(0);
        Span<float> windows = b.Local.Span[..(count * width)];                          // [tokens, width]
        Span<float> sum = b.Sum.Span[..(count * width)];                                // [tokens, width]
        Span<float> weights = b.Weights.Span[..(count * width)];                        // [tokens, width]
        Span<float> hidden = b.Inner.Span[..(count * inner)];                           // [tokens, inner]
        Span<float> mean = b.Pooled.Span[..width], shared = b.Shared.Span[..width];     // [width]

        TensorPrimitives.Add(tokens, windows, sum);
        local.Forward(sum, hidden, weights, count);
        MeanOfRows(sum, mean, count);
        global.Forward(mean, hidden, shared, 1);
        for (int t = 0; t < count; t++)
        {
            Span<float> weight = weights.Slice(t * width, width), token = tokens.Slice(t * width, width), heard = windows.Slice(t * width, width);
            TensorPrimitives.Add(weight, shared, weight);
            TensorPrimitives.Sigmoid(weight, weight);
            // 2 (w token + (1 - w) heard)
            TensorPrimitives.Subtract(token, heard, token);
            TensorPrimitives.MultiplyAdd(token, weight, heard, token);
            TensorPrimitives.Add(token, token, token);
        }
    }

    /// <summary>Mean of x's rows [count, mean.Length], in order.</summary>
    internal static void MeanOfRows(ReadOnlySpan<float> x, Span<float> mean, int count)
    {
        mean.Clear();
        for (int t = 0; t < count; t++)
        {
            TensorPrimitives.Add(mean, x.Slice(t * mean.Length, mean.Length), mean);
        }
        TensorPrimitives.Multiply(mean, 1f / count, mean);
    }

    // Places in PyTorch's sequences: convolution, norm, ReLU, convolution, norm; the global one pools first.
    private static string[] LocalNames(string prefix) => [.. new[] { 0, 1, 3, 4 }.Select(i => $"{prefix}.fusion_model.local_att.{i}")];

    private static string[] GlobalNames(string prefix) => [.. new[] { 1, 2, 4, 5 }.Select(i => $"{prefix}.fusion_model.global_att.{i}")];

    /// <summary>Two 1x1 convolutions, each with its batch norm, and ReLU between them.</summary>
    private sealed class Branch(ParameterSet parameters, string[] names, ClapAudioShape shape)
    {
        private readonly Linear narrow = new(parameters, $"{names[0]}.weight", $"{names[0]}.bias", Inner(shape), shape.Width);
        private readonly RunningNorm first = new(parameters, names[1], Inner(shape));
        private readonly Linear widen = new(parameters, $"{names[2]}.weight", $"{names[2]}.bias", shape.Width, Inner(shape));
        private readonly RunningNorm second = new(parameters, names[3], shape.Width);

        public static IEnumerable<ParameterShape> Layout(string[] names, ClapAudioShape s) =>
        [
            new($"{names[0]}.weight", [Inner(s), s.Width]),
            new($"{names[0]}.bias", [Inner(s)]),
            .. RunningNorm.Layout(names[1], Inner(s)),
            new($"{names[2]}.weight", [s.Width, Inner(s)]),
            new($"{names[2]}.bias", [s.Width]),
            .. RunningNorm.Layout(names[3], s.Width),
        ];

        /// <summary>x, y [rows, width]; hidden [rows or more, inner].</summary>
        public void Forward(ReadOnlySpan<float> x, Span<float> hidden, Span<float> y, int rows)
        {
            hidden = hidden[..(rows * narrow.Outputs)];
            narrow.Forward(x, hidden, rows, training: false);
            first.Forward(hidden, hidden, rows);
            TensorPrimitives.Max(hidden, 0f, hidden);
            widen.Forward(hidden, y, rows, training: false);
            second.Forward(y, y, rows);
        }
    }
}
