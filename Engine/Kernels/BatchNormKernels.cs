using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>
/// All go through blocks of rows that fit a cache, and within a block down one register's width of channels, whose
/// parameters stay in registers. Sums are formed per block first, which keeps float32 exact enough over millions of rows.
/// </summary>
internal static unsafe class BatchNormKernels
{
    /// <summary>Rows of a block of 4,096 values, 16 kB.</summary>
    private static int BlockRows(int channels) => Math.Max(8, 4096 / Math.Max(1, channels));

    /// <summary>Mean and variance of each block, merged by Chan, Golub and LeVeque's rule (1983), so that x is read from memory once.</summary>
    public struct Statistics : IKernel
    {
        public float* X, Mean, Variance;
        public int Rows, Channels;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int block = BlockRows(Channels);
            new Span<float>(Mean, Channels).Clear();
            new Span<float>(Variance, Channels).Clear();
            for (int r = 0; r < Rows; r += block)
            {
                int rows = Math.Min(block, Rows - r), c = 0;
                for (; c <= Channels - TSimd.Lanes; c += TSimd.Lanes)
                {
                    Column<TSimd, TVector>(c, r, rows);
                }
                for (; c < Channels; c++)
                {
                    Column<Simd1, float>(c, r, rows);
                }
            }
            for (int c = 0; c < Channels; c++)
            {
                Variance[c] = Rows == 0 ? float.NaN : Variance[c] / Rows;
                Mean[c] = Rows == 0 ? float.NaN : Mean[c];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Column<TSimd, TVector>(int c, int before, int rows)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int channels = Channels;
            float* x = X + (nint)before * channels + c;
            TVector sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            int r = 0;
            for (; r <= rows - 4; r += 4, x += 4 * (nint)channels)
            {
                sum0 = TSimd.Add(sum0, TSimd.Load(x));
                sum1 = TSimd.Add(sum1, TSimd.Load(x + channels));
                sum2 = TSimd.Add(sum2, TSimd.Load(x + 2 * (nint)channels));
                sum3 = TSimd.Add(sum3, TSimd.Load(x + 3 * (nint)channels));
            }
            for (; r < rows; r++, x += channels)
            {
                sum0 = TSimd.Add(sum0, TSimd.Load(x));
            }
            TVector mean = TSimd.Multiply(TSimd.Add(TSimd.Add(sum0, sum1), TSimd.Add(sum2, sum3)), TSimd.Create(1f / rows));
            x = X + (nint)before * channels + c;
            sum0 = sum1 = default;
            for (r = 0; r <= rows - 2; r += 2, x += 2 * (nint)channels)
            {
                TVector d0 = TSimd.Subtract(TSimd.Load(x), mean), d1 = TSimd.Subtract(TSimd.Load(x + channels), mean);
                sum0 = TSimd.MultiplyAdd(d0, d0, sum0);
                sum1 = TSimd.MultiplyAdd(d1, d1, sum1);
            }
            for (; r < rows; r++)
            {
                TVector d0 = TSimd.Subtract(TSimd.Load(x), mean);
                sum0 = TSimd.MultiplyAdd(d0, d0, sum0);
            }

            // n a + m b rows: mean += (m / (n + m)) delta; squares += squares_b + delta^2 n m / (n + m).
            TVector old = TSimd.Load(Mean + c), delta = TSimd.Subtract(mean, old), share = TSimd.Create((float)rows / (before + rows));
            TSimd.Store(Mean + c, TSimd.MultiplyAdd(delta, share, old));
            TVector squares = TSimd.Add(TSimd.Load(Variance + c), TSimd.Add(sum0, sum1));
            TVector weight = TSimd.Create((float)((double)before * rows / (before + rows)));
            TSimd.Store(Variance + c, TSimd.MultiplyAdd(TSimd.Multiply(delta, delta), weight, squares));
        }
    }

    public struct Forward : IKernel
    {
        public float* X, Mean, Variance, Gain, Bias, Y;
        public int Rows, Channels;
        public float Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int block = BlockRows(Channels);
            for (int r = 0; r < Rows; r += block)
            {
                int rows = Math.Min(block, Rows - r), c = 0;
                for (; c <= Channels - TSimd.Lanes; c += TSimd.Lanes)
                {
                    Column<TSimd, TVector>(c, r, rows);
                }
                for (; c < Channels; c++)
                {
                    Column<Simd1, float>(c, r, rows);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Column<TSimd, TVector>(int c, int from, int rows)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            TVector mean = TSimd.Load(Mean + c), deviation = TSimd.Sqrt(TSimd.Add(TSimd.Load(Variance + c), TSimd.Create(Epsilon)));
            TVector scale = TSimd.Divide(TSimd.Load(Gain + c), deviation), bias = TSimd.Load(Bias + c);
            nint channels = Channels;
            float* x = X + from * channels + c, y = Y + from * channels + c;
            for (; rows > 0; rows--, x += channels, y += channels)
            {
                TSimd.Store(y, TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x), mean), scale, bias));
            }
        }
    }

    /// <summary>Adds sum(dy) and sum(dy normal) per channel to Sum and Dot.</summary>
    public struct BackwardSums : IKernel
    {
        public float* Dy, X, Mean, Variance, Sum, Dot;
        public int Rows, Channels;
        public float Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int block = BlockRows(Channels);
            for (int r = 0; r < Rows; r += block)
            {
                int rows = Math.Min(block, Rows - r), c = 0;
                for (; c <= Channels - TSimd.Lanes; c += TSimd.Lanes)
                {
                    Column<TSimd, TVector>(c, r, rows);
                }
                for (; c < Channels; c++)
                {
                    Column<Simd1, float>(c, r, rows);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Column<TSimd, TVector>(int c, int from, int rows)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            TVector mean = TSimd.Load(Mean + c), sum0 = default, sum1 = default, dot0 = default, dot1 = default;
            nint channels = Channels;
            float* x = X + from * channels + c, dy = Dy + from * channels + c;
            for (; rows >= 2; rows -= 2, x += 2 * channels, dy += 2 * channels)
            {
                TVector d0 = TSimd.Load(dy), d1 = TSimd.Load(dy + channels);
                sum0 = TSimd.Add(sum0, d0);
                sum1 = TSimd.Add(sum1, d1);
                dot0 = TSimd.MultiplyAdd(d0, TSimd.Subtract(TSimd.Load(x), mean), dot0);
                dot1 = TSimd.MultiplyAdd(d1, TSimd.Subtract(TSimd.Load(x + channels), mean), dot1);
            }
            if (rows > 0)
            {
                sum0 = TSimd.Add(sum0, TSimd.Load(dy));
                dot0 = TSimd.MultiplyAdd(TSimd.Load(dy), TSimd.Subtract(TSimd.Load(x), mean), dot0);
            }
            TVector deviation = TSimd.Sqrt(TSimd.Add(TSimd.Load(Variance + c), TSimd.Create(Epsilon)));
            TSimd.Store(Sum + c, TSimd.Add(TSimd.Load(Sum + c), TSimd.Add(sum0, sum1)));
            TSimd.Store(Dot + c, TSimd.Add(TSimd.Load(Dot + c), TSimd.Divide(TSimd.Add(dot0, dot1), deviation)));
        }
    }

    /// <summary>dx = gain rstd (dy - Sum / rows - normal Dot / rows).</summary>
    public struct Backward : IKernel
    {
        public float* Dy, X, Mean, Variance, Gain, Sum, Dot, Dx;
        public int Rows, Channels;
        public float Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int block = BlockRows(Channels);
            for (int r = 0; r < Rows; r += block)
            {
                int rows = Math.Min(block, Rows - r), c = 0;
                for (; c <= Channels - TSimd.Lanes; c += TSimd.Lanes)
                {
                    Column<TSimd, TVector>(c, r, rows);
                }
                for (; c < Channels; c++)
                {
                    Column<Simd1, float>(c, r, rows);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Column<TSimd, TVector>(int c, int from, int rows)
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            TVector one = TSimd.Create(1), perRow = TSimd.Create(1f / Rows), mean = TSimd.Load(Mean + c);
            TVector rstd = TSimd.Divide(one, TSimd.Sqrt(TSimd.Add(TSimd.Load(Variance + c), TSimd.Create(Epsilon))));
            TVector scale = TSimd.Multiply(TSimd.Load(Gain + c), rstd), meanD = TSimd.Multiply(TSimd.Load(Sum + c), perRow);
            TVector slope = TSimd.Subtract(default, TSimd.Multiply(TSimd.Multiply(TSimd.Load(Dot + c), perRow), rstd));
            nint channels = Channels;
            float* x = X + from * channels + c, dy = Dy + from * channels + c, dx = Dx + from * channels + c;
            for (; rows > 0; rows--, x += channels, dy += channels, dx += channels)
            {
                TVector d = TSimd.Subtract(TSimd.Load(dy), meanD);
                TSimd.Store(dx, TSimd.Multiply(scale, TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Load(x), mean), slope, d)));
            }
        }
    }
}
