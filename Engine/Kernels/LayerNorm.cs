namespace SoundSearch.Engine.Kernels;

/// <summary>Layer normalisation over the last axis; twins: <see cref="Scalar.LayerNormForward"/>, <see cref="Scalar.LayerNormBackward"/>.</summary>
public static class LayerNorm
{
    public const float Epsilon = 1e-5f;

    /// <summary>x, y [rows, width]; mean, rstd [rows]. y may be x.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> y,
        Span<float> mean, Span<float> rstd, int rows, int width, float epsilon = Epsilon) =>
        Scalar.LayerNormForward(x, gain, bias, y, mean, rstd, rows, width, epsilon);

    /// <summary>Adds to dx [rows, width], dgain and dbias [width].</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int width) =>
        Scalar.LayerNormBackward(dy, x, gain, mean, rstd, dx, dgain, dbias, rows, width);
}
