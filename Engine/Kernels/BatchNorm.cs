namespace SoundSearch.Engine.Kernels;

/// <summary>Batch normalisation per channel, channels last; twins in <see cref="Scalar"/>.</summary>
public static unsafe class BatchNorm
{
    public const float Epsilon = 1e-5f;

    [ThreadStatic]
    private static AlignedBuffer? sums;

    public static void Statistics(ReadOnlySpan<float> x, Span<float> mean, Span<float> variance, int rows, int channels) =>
        Statistics(Isa.Width, x, mean, variance, rows, channels);

    /// <summary>y may be x.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias,
        Span<float> y, int rows, int channels, float epsilon = Epsilon) =>
        Forward(Isa.Width, x, mean, variance, gain, bias, y, rows, channels, epsilon);

    /// <summary>Overwrites dx, which may be dy; adds to dgain and dbias.</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int channels, float epsilon = Epsilon) =>
        Backward(Isa.Width, dy, x, mean, variance, gain, dx, dgain, dbias, rows, channels, epsilon);

    internal static void Statistics(VectorWidth vectors, ReadOnlySpan<float> x, Span<float> mean, Span<float> variance, int rows, int channels)
    {
        Kernel.Require(x.Length, (long)rows * channels, nameof(x));
        Kernel.Require(mean.Length, channels, nameof(mean));
        Kernel.Require(variance.Length, channels, nameof(variance));
        fixed (float* px = x, pMean = mean, pVariance = variance)
        {
            Kernel.Run(vectors, new BatchNormKernels.Statistics { X = px, Mean = pMean, Variance = pVariance, Rows = rows, Channels = channels });
        }
    }

    internal static void Forward(
        VectorWidth vectors, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain,
        ReadOnlySpan<float> bias, Span<float> y, int rows, int channels, float epsilon)
    {
        Kernel.Require(x.Length, (long)rows * channels, nameof(x));
        Kernel.Require(y.Length, (long)rows * channels, nameof(y));
        Kernel.Require(mean.Length, channels, nameof(mean));
        Kernel.Require(variance.Length, channels, nameof(variance));
        Kernel.Require(gain.Length, channels, nameof(gain));
        Kernel.Require(bias.Length, channels, nameof(bias));
        fixed (float* px = x, pMean = mean, pVariance = variance, pGain = gain, pBias = bias, py = y)
        {
            Kernel.Run(vectors, new BatchNormKernels.Forward
            {
                X = px,
                Mean = pMean,
                Variance = pVariance,
                Gain = pGain,
                Bias = pBias,
                Y = py,
                Rows = rows,
                Channels = channels,
                Epsilon = epsilon,
            });
        }
    }

    internal static void Backward(
        VectorWidth vectors, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> gain, Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int channels, float epsilon)
    {
        Kernel.Require(dy.Length, (long)rows * channels, nameof(dy));
        Kernel.Require(x.Length, (long)rows * channels, nameof(x));
        Kernel.Require(dx.Length, (long)rows * channels, nameof(dx));
        Kernel.Require(mean.Length, channels, nameof(mean));
        Kernel.Require(variance.Length, channels, nameof(variance));
        Kernel.Require(gain.Length, channels, nameof(gain));
        Kernel.Require(dgain.Length, channels, nameof(dgain));
        Kernel.Require(dbias.Length, channels, nameof(dbias));
        float* sum = AlignedBuffer.Ensure(ref sums, 2 * channels), dot = sum + channels;
        new Span<float>(sum, 2 * channels).Clear();
        fixed (float* pdy = dy, px = x, pMean = mean, pVariance = variance, pGain = gain, pdx = dx)
        {
            Kernel.Run(vectors, new BatchNormKernels.BackwardSums
            {
                Dy = pdy,
                X = px,
                Mean = pMean,
                Variance = pVariance,
                Sum = sum,
                Dot = dot,
                Rows = rows,
                Channels = channels,
                Epsilon = epsilon,
            });
            Kernel.Run(vectors, new BatchNormKernels.Backward
            {
                Dy = pdy,
                X = px,
                Mean = pMean,
                Variance = pVariance,
                Gain = pGain,
                Sum = sum,
                Dot = dot,
                Dx = pdx,
                Rows = rows,
                Channels = channels,
                Epsilon = epsilon,
            });
        }
        for (int c = 0; c < channels; c++)
        {
            dgain[c] += dot[c];
            dbias[c] += sum[c];
        }
    }
}
