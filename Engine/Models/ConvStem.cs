using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// Our stem for small data: 3x3 convolutions of stride 2 with batch norm and QuickGELU, then each time step's
/// values, bins and channels together, through one linear layer. 400 frames x 128 mels x 1 become 50 x 16 x 64, then
/// 50 tokens. Training normalises with the batch's statistics, inference with the running ones.
/// </summary>
public sealed class ConvStem : Stem
{
    private const string Prefix = "pre_encoder";

    private readonly ConvLayer[] layers;

    public ConvStem(ParameterSet parameters, AudioTowerShape shape)
        : base(shape)
    {
        layers = [.. shape.StemChannels.Select((outputs, i) => new ConvLayer(parameters, Prefix, i + 1, i == 0 ? 1 : shape.StemChannels[i - 1], outputs))];
        Linear = new Linear(parameters, $"{Prefix}.linear.weight", $"{Prefix}.linear.bias", shape.Width, FeatureWidth(shape));
    }

    public IReadOnlyList<ConvLayer> Layers => layers;

    /// <summary>[width, bins left * channels].</summary>
    public Linear Linear { get; }

    internal static IEnumerable<ParameterShape> Layout(AudioTowerShape s) =>
    [
        .. s.StemChannels.SelectMany((outputs, i) => ConvLayer.Layout(Prefix, i + 1, i == 0 ? 1 : s.StemChannels[i - 1], outputs)),
        new($"{Prefix}.linear.weight", [s.Width, FeatureWidth(s)]),
        new($"{Prefix}.linear.bias", [s.Width]),
    ];

    internal override void Forward(ReadOnlySpan<float> input, int batch, int frames, StemBuffers b)
    {
        if (input.Length != batch * frames * Shape.Bins)
        {
            throw new ArgumentException($"Expected {batch} x {frames} x {Shape.Bins} values of one channel, got {input.Length}.", nameof(input));
        }
        int rows = Shape.GridRows(frames), features = rows * Linear.Inputs;
        int group = b.Training ? batch : 1; // batch statistics need the whole batch, inference stays in cache
        for (int i = 0; i < batch; i += group)
        {
            Convolve(input.Slice(i * frames * Shape.Bins, group * frames * Shape.Bins), group, frames, b, b.Features.Span.Slice(i * features, group * features));
        }
        Linear.Forward(
            b.Features.Span[..(batch * features)],                              // [batch * rows, bins left * channels]
            b.Patches.Span[..(batch * rows * Shape.Width)],                     // [batch * rows, width]
            batch * rows, b.Training);
    }

    internal override StemBuffers Plan(Arena arena, int maxBatch, int maxFrames, bool training)
    {
        int group = training ? maxBatch : 1, height = maxFrames, width = Shape.Bins, columns = 0;
        var buffers = new ConvLayerBuffers[layers.Length];
        Memory<float> features = arena.Take(maxBatch, Shape.GridRows(maxFrames), Linear.Inputs);
        for (int i = 0; i < layers.Length; i++)
        {
            ConvolutionShape geometry = layers[i].Over(height, width);
            (height, width) = (geometry.OutHeight, geometry.OutWidth);
            columns = Math.Max(columns, height * width * geometry.Patch);
            bool last = i == layers.Length - 1;
            int kept = training ? group : 0, statistics = training ? layers[i].Outputs : 0;
            buffers[i] = new ConvLayerBuffers
            {
                Convolved = arena.Take(kept, height, width, layers[i].Outputs),
                Normal = arena.Take(kept, height, width, layers[i].Outputs),
                Activated = last ? features : arena.Take(group, height, width, layers[i].Outputs),
                Mean = arena.Take(statistics),
                Variance = arena.Take(statistics),
            };
        }
        return new StemBuffers
        {
            Training = training,
            Columns = arena.Take(columns),
            Layers = buffers,
            Features = features,
            Patches = arena.Take(maxBatch, Shape.GridRows(maxFrames), Shape.Width),
        };
    }

    private static int FeatureWidth(AudioTowerShape s) => s.Halved(s.Bins) * s.StemChannels[^1];

    private void Convolve(ReadOnlySpan<float> x, int batch, int frames, StemBuffers b, Span<float> features)
    {
        int height = frames, width = Shape.Bins;
        for (int i = 0; i < layers.Length; i++)
        {
            ConvLayer layer = layers[i];
            ConvLayerBuffers l = b.Layers[i];
            ConvolutionShape geometry = layer.Over(height, width);
            int clip = height * width * geometry.Channels, outputs = geometry.OutHeight * geometry.OutWidth, size = batch * outputs * layer.Outputs;
            Span<float> columns = b.Columns.Span[..(outputs * geometry.Patch)];                             // [out, 9 inputs]
            Span<float> activated = i == layers.Length - 1 ? features : l.Activated.Span[..size];           // [batch * out, outputs]
            Span<float> convolved = b.Training ? l.Convolved.Span[..size] : activated;                      // [batch * out, outputs]
            Span<float> normal = b.Training ? l.Normal.Span[..size] : activated;                            // [batch * out, outputs]
            Span<float> mean = b.Training ? l.Mean.Span : layer.RunningMean.Span;                           // [outputs]
            Span<float> variance = b.Training ? l.Variance.Span : layer.RunningVariance.Span;               // [outputs]

            for (int n = 0; n < batch; n++)
            {
                Convolution.Im2Col(x.Slice(n * clip, clip), columns, 1, geometry);
                layer.Kernel.Forward(columns, convolved.Slice(n * outputs * layer.Outputs, outputs * layer.Outputs), outputs, b.Training);
            }
            if (b.Training)
            {
                BatchNorm.Statistics(convolved, mean, variance, batch * outputs, layer.Outputs);
                l.Pixels = batch * outputs;
            }
            BatchNorm.Forward(convolved, mean, variance, layer.Gain.Span, layer.Bias.Span, normal, batch * outputs, layer.Outputs);
            QuickGelu.Forward(normal, activated);
            x = activated;
            (height, width) = (geometry.OutHeight, geometry.OutWidth);
        }
    }
}
