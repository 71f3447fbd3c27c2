using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>A 3x3 convolution of stride 2 and padding 1 without bias, and its batch norm (epsilon 1e-5).</summary>
public sealed class ConvLayer
{
    private readonly int inputs;

    public ConvLayer(ParameterSet parameters, string prefix, int number, int inputs, int outputs)
    {
        (this.inputs, Outputs) = (inputs, outputs);
        Kernel = new Linear(parameters, $"{prefix}.conv{number}.weight", null, outputs, 9 * inputs);
        Gain = parameters.Get($"{prefix}.bn{number}.weight", outputs);
        Bias = parameters.Get($"{prefix}.bn{number}.bias", outputs);
        RunningMean = parameters.Get($"{prefix}.bn{number}.running_mean", outputs);
        RunningVariance = parameters.Get($"{prefix}.bn{number}.running_var", outputs);
    }

    public int Outputs { get; }

    /// <summary>[outputs, 3 * 3 * inputs], kernel rows (time) slowest, input channels fastest.</summary>
    public Linear Kernel { get; }

    public Memory<float> Gain { get; }

    public Memory<float> Bias { get; }

    public Memory<float> RunningMean { get; }

    public Memory<float> RunningVariance { get; }

    /// <summary>The geometry over a picture of that height and width.</summary>
    public ConvolutionShape Over(int height, int width) => new(height, width, inputs, 3, 3, 2, 2, 1, 1);

    internal static IEnumerable<ParameterShape> Layout(string prefix, int number, int inputs, int outputs) =>
    [
        new($"{prefix}.conv{number}.weight", [outputs, 9 * inputs]),
        new($"{prefix}.bn{number}.weight", [outputs]),
        new($"{prefix}.bn{number}.bias", [outputs]),
        new($"{prefix}.bn{number}.running_mean", [outputs], Trained: false),
        new($"{prefix}.bn{number}.running_var", [outputs], Trained: false),
    ];
}
