using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>A batch normalisation by its running statistics (epsilon 1e-5), channels last: for towers that are not trained here.</summary>
public sealed class RunningNorm(ParameterSet parameters, string prefix, int channels)
{
    private readonly Memory<float> gain = parameters.Get($"{prefix}.weight", channels);
    private readonly Memory<float> bias = parameters.Get($"{prefix}.bias", channels);
    private readonly Memory<float> mean = parameters.Get($"{prefix}.running_mean", channels);
    private readonly Memory<float> variance = parameters.Get($"{prefix}.running_var", channels);

    /// <summary>x, y [rows, channels]; y may be x.</summary>
    public void Forward(ReadOnlySpan<float> x, Span<float> y, int rows) =>
        BatchNorm.Forward(x, mean.Span, variance.Span, gain.Span, bias.Span, y, rows, channels);

    internal static IEnumerable<ParameterShape> Layout(string prefix, int channels) =>
    [
        new($"{prefix}.weight", [channels]),
        new($"{prefix}.bias", [channels]),
        new($"{prefix}.running_mean", [channels], Trained: false),
        new($"{prefix}.running_var", [channels], Trained: false),
    ];
}
