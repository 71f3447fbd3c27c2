using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>Layer normalisation over the last axis; twins: <see cref="Scalar.LayerNormForward"/>, <see cref="Scalar.LayerNormBackward"/>.</summary>
public static unsafe class LayerNorm
{
    public const float Epsilon = 1e-5f;

    /// <summary>x, y [rows, width]; mean, rstd [rows]. y may be x.</summary>
    public static void Forward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> y,
        Span<float> mean, Span<float> rstd, int rows, int width, float epsilon = Epsilon) =>
        Forward(Isa.Width, x, gain, bias, y, mean, rstd, rows, width, epsilon);

    /// <summary>Adds to dx [rows, width], dgain and dbias [width].</summary>
    public static void Backward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int width) =>
        Backward(Isa.Width, dy, x, gain, mean, rstd, dx, dgain, dbias, rows, width);

    internal static void Forward(
        VectorWidth vectors, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> y,
        Span<float> mean, Span<float> rstd, int rows, int width, float epsilon)
    {
        Kernel.Require(x.Length, (long)rows * width, nameof(x));
        Kernel.Require(y.Length, (long)rows * width, nameof(y));
        Kernel.Require(gain.Length, width, nameof(gain));
        Kernel.Require(bias.Length, width, nameof(bias));
        Kernel.Require(mean.Length, rows, nameof(mean));
        Kernel.Require(rstd.Length, rows, nameof(rstd));
        fixed (float* px = x, pGain = gain, pBias = bias, py = y, pMean = mean, pRstd = rstd)
        {
            Kernel.Run(vectors, new ForwardKernel
            {
                X = px,
                Gain = pGain,
                Bias = pBias,
                Y = py,
                Mean = pMean,
                Rstd = pRstd,
                Rows = rows,
                Width = width,
                Epsilon = epsilon,
            });
        }
    }

    internal static void Backward(
        VectorWidth vectors, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> rstd, Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int width)
    {
        Kernel.Require(dy.Length, (long)rows * width, nameof(dy));
        Kernel.Require(x.Length, (long)rows * width, nameof(x));
        Kernel.Require(dx.Length, (long)rows * width, nameof(dx));
        Kernel.Require(gain.Length, width, nameof(gain));
        Kernel.Require(dgain.Length, width, nameof(dgain));
        Kernel.Require(dbias.Length, width, nameof(dbias));
        Kernel.Require(mean.Length, rows, nameof(mean));
        Kernel.Require(rstd.Length, rows, nameof(rstd));
        fixed (float* pdy = dy, px = x, pGain = gain, pMean = mean, pRstd = rstd, pdx = dx, pdGain = dgain, pdBias = dbias)
        {
            Kernel.Run(vectors, new BackwardKernel
            {
                Dy = pdy,
                X = px,
                Gain = pGain,
                Mean = pMean,
                Rstd = pRstd,
                Dx = pdx,
                Dgain = pdGain,
                Dbias = pdBias,
                Rows = rows,
                Width = width,
            });
        }
    }

    /// <summary>Three passes over a row that stays in the first-level cache: mean, deviations, result.</summary>
    private struct ForwardKernel : IKernel
    {
        public float* X, Gain, Bias, Y, Mean, Rstd;
        public int Rows, Width;
        public float Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int lanes = TSimd.Lanes, width = Width;
            float* gain = Gain, bias = Bias;
            for (int r = 0; r < Rows; r++)
            {
                float* x = X + (nint)r * width, y = Y + (nint)r * width;
                TVector sum0 = default, sum1 = default;
                int i = 0;
                for (; i <= width - 2 * lanes; i += 2 * lanes)
                {
                    sum0 = TSimd.Add(sum0, TSimd.Load(x + i));
                    sum1 = TSimd.Add(sum1, TSimd.Load(x + i + lanes));
                }
                float sum = TSimd.Sum(TSimd.Add(sum0, sum1));
                for (; i < width; i++)
                {
                    sum += x[i];
                }
                float mean = sum / width;
                TVector m = TSimd.Create(mean);
                sum0 = sum1 = default;
                for (i = 0; i <= width - 2 * lanes; i += 2 * lanes)
                {
                    TVector d0 = TSimd.Subtract(TSimd.Load(x + i), m), d1 = TSimd.Subtract(TSimd.Load(x + i + lanes), m);
                    sum0 = TSimd.MultiplyAdd(d0, d0, sum0);
                    sum1 = TSimd.MultiplyAdd(d1, d1, sum1);
                }
                sum = TSimd.Sum(TSimd.Add(sum0, sum1));
                for (; i < width; i++)
                {
                    sum += (x[i] - mean) * (x[i] - mean);
                }
                float rstd = (float)(1 / Math.Sqrt((double)sum / width + Epsilon));
                TVector scale = TSimd.Create(rstd);
                for (i = 0; i <= width - lanes; i += lanes)
                {
                    TVector normal = TSimd.Multiply(TSimd.Subtract(TSimd.Load(x + i), m), scale);
                    TSimd.Store(y + i, TSimd.MultiplyAdd(normal, TSimd.Load(gain + i), TSimd.Load(bias + i)));
                }
                for (; i < width; i++)
                {
                    y[i] = (x[i] - mean) * rstd * gain[i] + bias[i];
                }
                Mean[r] = mean;
                Rstd[r] = rstd;
            }
        }
    }

    /// <summary>dx += rstd (d - mean(d) - normal mean(d normal)) with d = dy gain.</summary>
    private struct BackwardKernel : IKernel
    {
        public float* Dy, X, Gain, Mean, Rstd, Dx, Dgain, Dbias;
        public int Rows, Width;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int lanes = TSimd.Lanes, width = Width;
            float* gain = Gain, dgain = Dgain, dbias = Dbias;
            for (int r = 0; r < Rows; r++)
            {
                float* dy = Dy + (nint)r * width, x = X + (nint)r * width, dx = Dx + (nint)r * width;
                float mean = Mean[r], rstd = Rstd[r];
                TVector m = TSimd.Create(mean), scale = TSimd.Create(rstd), sums = default, dots = default;
                int i = 0;
                for (; i <= width - lanes; i += lanes)
                {
                    TVector g = TSimd.Load(dy + i), normal = TSimd.Multiply(TSimd.Subtract(TSimd.Load(x + i), m), scale);
                    TVector d = TSimd.Multiply(g, TSimd.Load(gain + i));
                    sums = TSimd.Add(sums, d);
                    dots = TSimd.MultiplyAdd(d, normal, dots);
                    TSimd.Store(dgain + i, TSimd.MultiplyAdd(g, normal, TSimd.Load(dgain + i)));
                    TSimd.Store(dbias + i, TSimd.Add(g, TSimd.Load(dbias + i)));
                }
                float sum = TSimd.Sum(sums), dot = TSimd.Sum(dots);
                for (; i < width; i++)
                {
                    float normal = (x[i] - mean) * rstd, d = dy[i] * gain[i];
                    sum += d;
                    dot += d * normal;
                    dgain[i] += dy[i] * normal;
                    dbias[i] += dy[i];
                }
                sum /= width;
                dot /= width;
                TVector meanD = TSimd.Create(sum), minusDot = TSimd.Create(-dot);
                for (i = 0; i <= width - lanes; i += lanes)
                {
                    TVector normal = TSimd.Multiply(TSimd.Subtract(TSimd.Load(x + i), m), scale);
                    TVector d = TSimd.Subtract(TSimd.Multiply(TSimd.Load(dy + i), TSimd.Load(gain + i)), meanD);
                    d = TSimd.MultiplyAdd(normal, minusDot, d);
                    TSimd.Store(dx + i, TSimd.MultiplyAdd(d, scale, TSimd.Load(dx + i)));
                }
                for (; i < width; i++)
                {
                    dx[i] += rstd * (dy[i] * gain[i] - sum - (x[i] - mean) * rstd * dot);
                }
            }
        }
    }
}
