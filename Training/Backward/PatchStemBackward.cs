using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="PatchStem"/>. An averaged kernel's gradient is spread equally over its channels.</summary>
internal sealed class PatchStemBackward(PatchStem stem, PatchStem gradients, AudioTowerShape shape) : StemBackward
{
    private readonly float[] matrix = new float[gradients.Kernel.Length]; // [width, patch height * patch width * channels]

    public override void Run(ReadOnlySpan<float> input, StemBuffers b, ReadOnlySpan<float> dpatches, int batch, int frames)
    {
        int channels = stem.ChannelsOf(input, batch, frames);
        ConvolutionShape geometry = stem.Over(frames, channels);
        int tokens = geometry.OutHeight * geometry.OutWidth, clip = frames * shape.Bins * channels, width = shape.Width;
        Span<float> columns = b.Columns.Span[..(tokens * geometry.Patch)];      // [tokens, patch]
        Span<float> dkernel = matrix.AsSpan(0, width * geometry.Patch);         // [width, patch]
        dkernel.Clear();
        for (int n = 0; n < batch; n++)
        {
            Convolution.Im2Col(input.Slice(n * clip, clip), columns, 1, geometry);
            Gemm.Multiply(
                dpatches.Slice(n * tokens * width, tokens * width), width, true, columns, geometry.Patch, false,
                dkernel, geometry.Patch, width, geometry.Patch, tokens, beta: 1);
        }
        Spread(dkernel, channels);
    }

    /// <summary>Adds [width, area, channels of the input] into [width, channels of the kernel, area].</summary>
    private void Spread(ReadOnlySpan<float> dkernel, int channels)
    {
        int area = shape.PatchHeight * shape.PatchWidth;
        float share = channels == shape.Channels ? 1 : 1f / shape.Channels;
        Span<float> target = gradients.Kernel.Span;
        for (int o = 0; o < shape.Width; o++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                for (int p = 0; p < area; p++)
                {
                    target[(o * shape.Channels + c) * area + p] += share * dkernel[(o * area + p) * channels + (channels == 1 ? 0 : c)];
                }
            }
        }
    }
}
