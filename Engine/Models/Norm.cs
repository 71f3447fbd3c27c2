using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>A layer normalisation's gain ("weight") and bias, each [width]; epsilon 1e-5 unless given.</summary>
public sealed class Norm(ParameterSet parameters, string prefix, int width, float epsilon = LayerNorm.Epsilon)
{
    public Memory<float> Gain { get; } = parameters.Get($"{prefix}.weight", width);

    public Memory<float> Bias { get; } = parameters.Get($"{prefix}.bias", width);

    /// <summary>x, y [rows, width]; y may be x. mean and rstd [rows] are what the backward pass needs.</summary>
    public void Forward(ReadOnlySpan<float> x, Span<float> y, Span<float> mean, Span<float> rstd, int rows) =>
        LayerNorm.Forward(x, Gain.Span, Bias.Span, y, mean, rstd, rows, width, epsilon);

    internal static IEnumerable<ParameterShape> Layout(string prefix, int width) =>
        [new($"{prefix}.weight", [width]), new($"{prefix}.bias", [width])];
}
