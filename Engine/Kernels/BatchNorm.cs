namespace SoundSearch.Engine.Kernels;

/// <summary>Batch normalisation per channel, channels last; twins in <see cref="Scalar"/>.</summary>
public static class BatchNorm
{
    public const float Epsilon = 1e-5f;

    public static void Statistics(ReadOnlySpan<float> x, Span<float> mean, Span<float> variance, int rows, int channels) =>
        Scalar.BatchNormStatistics(x, mean, variance, rows, channels);

    /// <summary>y may be x.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias,
        Span<float> y, int rows, int channels, float epsilon = Epsilon) =>
        Scalar.BatchNormForward(x, mean, variance, gain, bias, y, rows, channels, epsilon);

    /// <summary>Overwrites dx, which may be dy; adds to dgain and dbias.</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int channels, float epsilon = Epsilon) =>
        Scalar.BatchNormBackward(dy, x, mean, variance, gain, dx, dgain, dbias, rows, channels, epsilon);
}
