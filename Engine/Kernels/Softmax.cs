using System.Runtime.CompilerServices;

namespace SoundSearch.Engine.Kernels;

/// <summary>Rows of attention scores to probabilities and back.</summary>
internal static unsafe class Softmax
{
    /// <summary>
    /// In place: row r of [rows, stride] becomes softmax(scale row) over its first seen + r * step values, and 0 after them
    /// up to width.
    /// </summary>
    public struct ForwardKernel : IKernel
    {
        public float* Scores;
        public int Rows, Stride, Width, Seen, Step;
        public float Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int lanes = TSimd.Lanes;
            TVector scale = TSimd.Create(Scale);
            for (int r = 0; r < Rows; r++)
            {
                float* row = Scores + (nint)r * Stride;
                int seen = Seen + r * Step, i = 0;
                TVector maxima = TSimd.Create(float.NegativeInfinity);
                for (; i <= seen - lanes; i += lanes)
                {
                    maxima = TSimd.Max(maxima, TSimd.Load(row + i));
                }
                float max = TSimd.Largest(maxima);
                for (; i < seen; i++)
                {
                    max = MathF.Max(max, row[i]);
                }
                TVector shift = TSimd.Create(-max * Scale), sums = default;
                for (i = 0; i <= seen - lanes; i += lanes)
                {
                    TVector e = VectorMath.Exp<TSimd, TVector>(TSimd.MultiplyAdd(TSimd.Load(row + i), scale, shift));
                    TSimd.Store(row + i, e);
                    sums = TSimd.Add(sums, e);
                }
                float sum = TSimd.Sum(sums);
                for (; i < seen; i++)
                {
                    row[i] = VectorMath.Exp<Simd1, float>(row[i] * Scale - max * Scale);
                    sum += row[i];
                }
                float inverse = 1 / sum;
                TVector inverses = TSimd.Create(inverse);
                for (i = 0; i <= seen - lanes; i += lanes)
                {
                    TSimd.Store(row + i, TSimd.Multiply(TSimd.Load(row + i), inverses));
                }
                for (; i < seen; i++)
                {
                    row[i] *= inverse;
                }
                for (; i < Width; i++)
                {
                    row[i] = 0;
                }
            }
        }
    }

    /// <summary>In place: scale scores + heads + group; either may be null.</summary>
    public struct BiasKernel : IKernel
    {
        public float* Scores, Heads, Group;
        public int Length;
        public float Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            // With one of the two, it is the first; the other is an addition on top.
            float* scores = Scores, first = Heads == null ? Group : Heads, second = Heads == null ? null : Group;
            TVector scale = TSimd.Create(Scale);
            int i = 0;
            for (; i <= Length - TSimd.Lanes; i += TSimd.Lanes)
            {
                TVector value = TSimd.MultiplyAdd(TSimd.Load(scores + i), scale, TSimd.Load(first + i));
                TSimd.Store(scores + i, second == null ? value : TSimd.Add(value, TSimd.Load(second + i)));
            }
            for (; i < Length; i++)
            {
                scores[i] = scores[i] * Scale + first[i] + (second == null ? 0 : second[i]);
            }
        }
    }

    /// <summary>In place: dP [rows, width] becomes dS = scale P (dP - sum(P dP)), the gradient of the scores before scaling.</summary>
    public struct BackwardKernel : IKernel
    {
        public float* Probabilities, Gradient;
        public int Rows, Width;
        public float Scale;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run<TSimd, TVector>()
            where TSimd : struct, ISimd<TVector>
            where TVector : unmanaged
        {
            int lanes = TSimd.Lanes, width = Width;
            TVector scale = TSimd.Create(Scale);
            for (int r = 0; r < Rows; r++)
            {
                float* p = Probabilities + (nint)r * width, d = Gradient + (nint)r * width;
                TVector dots = default;
                int i = 0;
                for (; i <= width - lanes; i += lanes)
                {
                    dots = TSimd.MultiplyAdd(TSimd.Load(p + i), TSimd.Load(d + i), dots);
                }
                float dot = TSimd.Sum(dots);
                for (; i < width; i++)
                {
                    dot += p[i] * d[i];
                }
                dots = TSimd.Create(dot);
                for (i = 0; i <= width - lanes; i += lanes)
                {
                    TVector ds = TSimd.Multiply(TSimd.Load(p + i), TSimd.Subtract(TSimd.Load(d + i), dots));
                    TSimd.Store(d + i, TSimd.Multiply(ds, scale));
                }
                for (; i < width; i++)
                {
                    d[i] = p[i] * (d[i] - dot) * Scale;
                }
            }
        }
    }
}
