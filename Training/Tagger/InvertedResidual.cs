using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Tagger;

/// <summary>
/// MobileNetV3's block: widen (1x1), convolve each channel (k x k), perhaps weigh the channels (squeeze and excitation),
/// narrow (1x1), and add the input where the shapes allow. Rows of time stream through a ring of k widened rows, which
/// stays in the first cache levels; only a block with excitation, which needs the whole mean first, keeps all its rows.
/// </summary>
internal sealed unsafe class InvertedResidual
{
    private readonly PointwiseConvolution? widen;
    private readonly DepthwiseConvolution depthwise;
    private readonly SqueezeExcitation? excitation;
    private readonly PointwiseConvolution narrow;
    private readonly bool hardSwish;
    private readonly bool residual;

    public InvertedResidual(SafetensorsFile file, string name, in BlockRecipe recipe)
    {
        int part = 0;
        if (recipe.Widened)
        {
            widen = new PointwiseConvolution(FoldedConvolution.Read(file, $"{name}.block.{part++}"));
        }
        depthwise = new DepthwiseConvolution(FoldedConvolution.Read(file, $"{name}.block.{part++}"), recipe.Stride);
        if (recipe.Excited)
        {
            excitation = new SqueezeExcitation(file, $"{name}.block.{part++}.conc_se_layers.0");
        }
        narrow = new PointwiseConvolution(FoldedConvolution.Read(file, $"{name}.block.{part}"));
        hardSwish = recipe.HardSwish;
        Inputs = widen?.K ?? depthwise.Channels;
        residual = recipe.Stride == 1 && Inputs == narrow.N;
        if (depthwise.Kernel != recipe.Kernel || narrow.K != depthwise.Channels || (widen?.N ?? Inputs) != depthwise.Channels)
        {
            throw new FileFormatException(
                file.Path, 0, $"a block with kernel {recipe.Kernel} and matching channels at '{name}'",
                $"kernel {depthwise.Kernel}, channels {widen?.N ?? Inputs}, {depthwise.Channels}, {narrow.K}", "Use the tagger's original safetensors file.");
        }
    }

    /// <summary>Input channels.</summary>
    public int Inputs { get; }

    /// <summary>Output channels.</summary>
    public int Outputs => narrow.N;

    /// <summary>Output size of an input size, along time or frequency.</summary>
    public int Shrink(int size) => (size - 1) / depthwise.Stride + 1;

    /// <summary>Floats of scratch for an input of so many frames and bins.</summary>
    public int ScratchSize(int frames, int bins)
    {
        int rows = excitation == null ? 1 : Shrink(frames);
        return Aligned((depthwise.Kernel + 1) * RowSize(bins)) + Aligned(rows * Shrink(bins) * depthwise.Channels)
            + Aligned(depthwise.Channels) + Aligned(narrow.WeightCount);
    }

    /// <summary>x [frames, bins, Inputs] to y [Shrink(frames), Shrink(bins), Outputs].</summary>
    public void Run(float* x, int frames, int bins, float* y, float* scratch)
    {
        if (hardSwish)
        {
            Run<HardSwish>(x, frames, bins, y, scratch);
        }
        else
        {
            Run<Relu>(x, frames, bins, y, scratch);
        }
    }

    private static int Aligned(int count) => (count + 15) & ~15;

    private int RowSize(int bins) => (bins + depthwise.Kernel - 1) * depthwise.Channels;

    private void Run<TActivation>(float* x, int frames, int bins, float* y, float* scratch)
        where TActivation : struct, IActivation
    {
        int kernel = depthwise.Kernel, pad = kernel / 2, channels = depthwise.Channels, rowSize = RowSize(bins);
        int outFrames = Shrink(frames), outBins = Shrink(bins), outRow = outBins * channels;
        float* ring = scratch, silent = ring + kernel * rowSize; // [kernel + 1, bins + kernel - 1, channels]
        float* rows = ring + Aligned((kernel + 1) * rowSize);    // [1 or outFrames, outBins, channels]
        float* sums = rows + Aligned((excitation == null ? 1 : outFrames) * outRow);
        float* scaled = sums + Aligned(channels);
        new Span<float>(ring, (kernel + 1) * rowSize).Clear();
        new Span<float>(sums, channels).Clear();
        float** taps = stackalloc float*[kernel];
        int ready = 0;
        for (int t = 0; t < outFrames; t++)
        {
            int first = t * depthwise.Stride - pad;
            for (; ready < Math.Min(frames, first + kernel); ready++)
            {
                float* row = ring + ready % kernel * rowSize + pad * channels, source = x + ready * bins * Inputs;
                if (widen == null)
                {
                    new Span<float>(source, bins * channels).CopyTo(new Span<float>(row, bins * channels));
                }
                else
                {
                    widen.Run<TActivation>(source, bins, row);
                }
            }
            for (int k = 0; k < kernel; k++)
            {
                int frame = first + k;
                taps[k] = frame < 0 || frame >= frames ? silent : ring + frame % kernel * rowSize;
            }
            float* result = excitation == null ? rows : rows + t * outRow;
            depthwise.Row<TActivation>(taps, outBins, result, excitation == null ? null : sums);
            if (excitation == null)
            {
                int offset = t * outBins * Outputs;
                narrow.Run<Identity>(result, outBins, y + offset, null, residual ? x + offset : null);
            }
        }
        if (excitation != null)
        {
            excitation.Run(sums, channels, outFrames * outBins);
            narrow.Scale(sums, scaled);
            narrow.Run<Identity>(rows, outFrames * outBins, y, scaled, residual ? x : null);
        }
    }
}
