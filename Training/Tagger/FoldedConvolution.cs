using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Tagger;

/// <summary>A convolution with the batch norm behind it folded in: w' = w g / sqrt(v + eps), b' = b - m g / sqrt(v + eps).</summary>
internal sealed record FoldedConvolution(int[] Shape, float[] Weight, float[] Bias)
{
    private const double Epsilon = 1e-3; // MobileNetV3's, not PyTorch's default

    /// <summary>Reads name.0.weight [out, in, frequency, time] and the statistics in name.1.</summary>
    public static FoldedConvolution Read(SafetensorsFile file, string name)
    {
        Tensor weight = file.Read(name + ".0.weight");
        Span<float> gain = file.Read(name + ".1.weight").Span, bias = file.Read(name + ".1.bias").Span;
        Span<float> mean = file.Read(name + ".1.running_mean").Span, variance = file.Read(name + ".1.running_var").Span;
        int outputs = gain.Length, count = weight.Span.Length / outputs;
        if (weight.Shape.Length != 4 || weight.Shape[0] != outputs || mean.Length != outputs || variance.Length != outputs || outputs % 8 != 0)
        {
            throw new FileFormatException(
                file.Path, file.Entries[name + ".0.weight"].Begin, $"weights [{outputs}, in, k, k] with a multiple of 8 outputs",
                $"[{string.Join(", ", weight.Shape)}] in '{name}.0.weight'", "Use the tagger's original safetensors file.");
        }
        float[] folded = weight.Data.ToArray(), offsets = new float[outputs];
        for (int o = 0; o < outputs; o++)
        {
            double scale = gain[o] / Math.Sqrt(variance[o] + Epsilon);
            offsets[o] = (float)(bias[o] - mean[o] * scale);
            for (int i = o * count; i < (o + 1) * count; i++)
            {
                folded[i] = (float)(folded[i] * scale);
            }
        }
        return new FoldedConvolution(weight.Shape, folded, offsets);
    }
}
