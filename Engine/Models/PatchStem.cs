using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// One convolution with stride and without bias, as in CLIP's and VIP-ANT's towers. VIP-ANT's patches overlap: 32x32
/// with stride 16 (time) x 24 (mel). Kernels of 3 channels are averaged, at run time, for an input of 1 channel
/// (VIP-ANT's code: conv.mean(1)).
/// </summary>
public sealed class PatchStem : Stem
{
    private const string Name = "pre_encoder.conv1.weight";

    private readonly PackedMatrix?[] packed = new PackedMatrix?[4]; // by channels of the input

    public PatchStem(ParameterSet parameters, AudioTowerShape shape)
        : base(shape) => Kernel = parameters.Get(Name, shape.Width, shape.Channels, shape.PatchHeight, shape.PatchWidth);

    /// <summary>[width, channels, patch height, patch width], PyTorch's order.</summary>
    public Memory<float> Kernel { get; }

    /// <summary>The geometry of a clip.</summary>
    public ConvolutionShape Over(int frames, int channels) =>
        new(frames, Shape.Bins, channels, Shape.PatchHeight, Shape.PatchWidth, Shape.StrideHeight, Shape.StrideWidth, 0, 0);

    /// <summary>Channels of an input of that many values.</summary>
    /// <exception cref="ArgumentException">They are neither 1 nor the kernels'.</exception>
    public int ChannelsOf(ReadOnlySpan<float> input, int batch, int frames)
    {
        int plane = batch * frames * Shape.Bins, channels = plane == 0 ? 1 : input.Length / plane;
        return input.Length == plane * channels && (channels == 1 || channels == Shape.Channels)
            ? channels
            : throw new ArgumentException(
                $"Expected {batch} x {frames} x {Shape.Bins} values of 1{(Shape.Channels == 1 ? "" : $" or {Shape.Channels}")} channels, got {input.Length}.", nameof(input));
    }

    internal static IEnumerable<ParameterShape> Layout(AudioTowerShape s) => [new(Name, [s.Width, s.Channels, s.PatchHeight, s.PatchWidth])];

    internal override void Forward(ReadOnlySpan<float> input, int batch, int frames, StemBuffers b)
    {
        int channels = ChannelsOf(input, batch, frames);
        ConvolutionShape geometry = Over(frames, channels);
        int tokens = geometry.OutHeight * geometry.OutWidth, clip = frames * Shape.Bins * channels, width = Shape.Width;
        Span<float> columns = b.Columns.Span[..(tokens * geometry.Patch)];          // [tokens, patch]
        Span<float> patches = b.Patches.Span[..(batch * tokens * width)];           // [batch * tokens, width]
        if (b.Training)
        {
            AsMatrix(b.Kernel.Span, channels);                                      // [width, patch]
        }
        for (int n = 0; n < batch; n++)
        {
            Convolution.Im2Col(input.Slice(n * clip, clip), columns, 1, geometry);
            Span<float> y = patches.Slice(n * tokens * width, tokens * width);
            if (b.Training)
            {
                Gemm.Multiply(columns, geometry.Patch, false, b.Kernel.Span, geometry.Patch, true, y, width, tokens, width, geometry.Patch);
            }
            else
            {
                Gemm.Multiply(columns, geometry.Patch, Packed(channels), default, y, width, tokens);
            }
        }
    }

    internal override StemBuffers Plan(Arena arena, int maxBatch, int maxFrames, bool training)
    {
        ConvolutionShape geometry = Over(maxFrames, Shape.Channels);
        int tokens = geometry.OutHeight * geometry.OutWidth;
        return new StemBuffers
        {
            Training = training,
            Columns = arena.Take(tokens, geometry.Patch),
            Kernel = arena.Take(training ? Shape.Width : 0, geometry.Patch),
            Patches = arena.Take(maxBatch, tokens, Shape.Width),
        };
    }

    /// <summary>The kernels as [width, patch height * patch width * channels], channels fastest, averaged where the input has only one.</summary>
    internal void AsMatrix(Span<float> matrix, int channels)
    {
        int area = Shape.PatchHeight * Shape.PatchWidth;
        ReadOnlySpan<float> kernel = Kernel.Span;
        for (int o = 0; o < Shape.Width; o++)
        {
            for (int p = 0; p < area; p++)
            {
                double sum = 0;
                for (int c = 0; c < Shape.Channels; c++)
                {
                    float value = kernel[(o * Shape.Channels + c) * area + p];
                    sum += value;
                    if (channels == Shape.Channels)
                    {
                        matrix[(o * area + p) * channels + c] = value;
                    }
                }
                if (channels != Shape.Channels)
                {
                    matrix[o * area + p] = (float)(sum / Shape.Channels);
                }
            }
        }
    }

    private PackedMatrix Packed(int channels)
    {
        if (Volatile.Read(ref packed[channels]) is { } ready)
        {
            return ready;
        }
        int patch = Shape.PatchHeight * Shape.PatchWidth * channels;
        float[] matrix = new float[Shape.Width * patch];
        AsMatrix(matrix, channels);
        PackedMatrix made = Gemm.Pack(matrix, Shape.Width, patch);
        Volatile.Write(ref packed[channels], made);
        return made;
    }
}
