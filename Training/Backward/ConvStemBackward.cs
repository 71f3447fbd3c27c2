using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="ConvStem"/> in training: batch norm's gradient goes through the batch's own statistics.</summary>
internal sealed class ConvStemBackward : StemBackward
{
    private readonly ConvStem stem;
    private readonly ConvStem gradients;
    private readonly AudioTowerShape shape;
    private readonly float[][] activations; // per layer [batch * out, outputs]: d after QuickGELU, then before, then before batch norm
    private readonly float[] columns;       // of one clip

    public ConvStemBackward(ConvStem stem, ConvStem gradients, AudioTowerShape shape, int maxBatch, int maxFrames)
    {
        (this.stem, this.gradients, this.shape) = (stem, gradients, shape);
        activations = new float[stem.Layers.Count][];
        int height = maxFrames, width = shape.Bins, longest = 0;
        for (int i = 0; i < activations.Length; i++)
        {
            ConvolutionShape geometry = stem.Layers[i].Over(height, width);
            (height, width) = (geometry.OutHeight, geometry.OutWidth);
            activations[i] = new float[maxBatch * height * width * stem.Layers[i].Outputs];
            longest = i == 0 ? 0 : Math.Max(longest, height * width * geometry.Patch);
        }
        columns = new float[longest];
    }

    public override void Run(ReadOnlySpan<float> input, StemBuffers b, ReadOnlySpan<float> dpatches, int batch, int frames)
    {
        int rows = batch * shape.GridRows(frames), features = rows * stem.Linear.Inputs;
        LinearBackward.Run(
            stem.Linear, gradients.Linear, dpatches[..(rows * shape.Width)], b.Features.Span[..features], activations[^1].AsSpan(0, features), rows);
        var sizes = new (int Height, int Width)[stem.Layers.Count];
        sizes[0] = (frames, shape.Bins);
        for (int i = 1; i < sizes.Length; i++)
        {
            ConvolutionShape before = stem.Layers[i - 1].Over(sizes[i - 1].Height, sizes[i - 1].Width);
            sizes[i] = (before.OutHeight, before.OutWidth);
        }
        for (int i = sizes.Length - 1; i >= 0; i--)
        {
            ConvolutionShape geometry = stem.Layers[i].Over(sizes[i].Height, sizes[i].Width);
            ReadOnlySpan<float> x = i == 0 ? input : b.Layers[i - 1].Activated.Span;
            Layer(stem.Layers[i], gradients.Layers[i], b, b.Layers[i], geometry, x, activations[i], i == 0 ? default : activations[i - 1], batch);
        }
    }

    /// <summary>From d, the gradient of the layer's output, to dx, that of its input (empty for the first layer).</summary>
    private void Layer(
        ConvLayer w, ConvLayer g, StemBuffers b, ConvLayerBuffers l, in ConvolutionShape geometry,
        ReadOnlySpan<float> x, Span<float> d, Span<float> dx, int batch)
    {
        int pixels = geometry.OutHeight * geometry.OutWidth, size = batch * pixels * w.Outputs;
        int clip = geometry.Height * geometry.Width * geometry.Channels;
        d = d[..size];                                                              // [batch * out, outputs]
        QuickGelu.Backward(d, l.Normal.Span[..size], d);
        BatchNorm.Backward(
            d, l.Convolved.Span[..size], l.Mean.Span, l.Variance.Span, w.Gain.Span, d, g.Gain.Span, g.Bias.Span, batch * pixels, w.Outputs);
        Span<float> patches = b.Columns.Span[..(pixels * geometry.Patch)];          // [out, 9 inputs]
        Span<float> dpatches = dx.IsEmpty ? default : columns.AsSpan(0, pixels * geometry.Patch);
        dx = dx.IsEmpty ? dx : dx[..(batch * clip)];                                // [batch * height * width, inputs]
        dx.Clear();
        for (int n = 0; n < batch; n++)
        {
            Convolution.Im2Col(x.Slice(n * clip, clip), patches, 1, geometry);
            LinearBackward.Run(w.Kernel, g.Kernel, d.Slice(n * pixels * w.Outputs, pixels * w.Outputs), patches, dpatches, pixels);
            if (!dx.IsEmpty)
            {
                Convolution.Col2Im(dpatches, dx.Slice(n * clip, clip), 1, geometry);
            }
        }
    }
}
