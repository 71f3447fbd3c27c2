using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="Norm.Forward"/>.</summary>
internal static class NormBackward
{
    /// <summary>Adds to dx [rows, width] and to the gradients d.Gain and d.Bias.</summary>
    public static void Run(
        Norm w, Norm d, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd, Span<float> dx, int rows)
    {
        int width = w.Gain.Length;
        LayerNorm.Backward(
            dy[..(rows * width)], x[..(rows * width)], w.Gain.Span, mean[..rows], rstd[..rows],
            dx[..(rows * width)], d.Gain.Span, d.Bias.Span, rows, width);
    }
}
