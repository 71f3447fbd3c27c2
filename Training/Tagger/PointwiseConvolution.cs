using System.Runtime.Intrinsics;

namespace SoundSearch.Training.Tagger;

/// <summary>
/// A 1x1 convolution: rows [m, K] times weights [K, N] plus bias, an activation and perhaps a residual, all in one pass.
/// The tagger's matrices are small (K from 8, N a multiple of 8), so their product is bounded by passes over the
/// results, and a general matrix product that leaves bias and activation to others loses half the time. Weights lie in
/// panels of 24, 16 or 8 columns; four rows by three vectors are 12 sums in registers.
/// </summary>
internal sealed unsafe class PointwiseConvolution
{
    private readonly float[] panels;
    private readonly float[] bias;

    public PointwiseConvolution(FoldedConvolution folded)
        : this(folded.Weight, folded.Bias, folded.Shape[0], folded.Shape[1])
    {
    }

    /// <summary>weight [n, k], as PyTorch has it; bias [n].</summary>
    public PointwiseConvolution(ReadOnlySpan<float> weight, float[] bias, int n, int k)
    {
        (N, K, this.bias, panels) = (n, k, bias, new float[n * k]);
        int position = 0;
        for (int column = 0; column < n; column += PanelWidth(n - column))
        {
            int width = PanelWidth(n - column);
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < width; j++)
                {
                    panels[position++] = weight[(column + j) * k + i];
                }
            }
        }
    }

    /// <summary>Outputs per row.</summary>
    public int N { get; }

    /// <summary>Inputs per row.</summary>
    public int K { get; }

    /// <summary>Values of <see cref="Scale"/>'s result.</summary>
    public int WeightCount => panels.Length;

    /// <summary>Weights for inputs that are each multiplied by scale [K] first: cheaper than scaling the rows.</summary>
    public void Scale(float* scale, float* scaled)
    {
        fixed (float* source = panels)
        {
            float* from = source, to = scaled;
            for (int column = 0; column < N; column += PanelWidth(N - column))
            {
                int width = PanelWidth(N - column);
                for (int i = 0; i < K; i++)
                {
                    var s = Vector256.Create(scale[i]);
                    for (int j = 0; j < width; j += 8, from += 8, to += 8)
                    {
                        (Vector256.Load(from) * s).Store(to);
                    }
                }
            }
        }
    }

    /// <summary>y [m, N] = activation(x [m, K] W + bias) + residual [m, N]; scaled (from <see cref="Scale"/>) and residual may be null.</summary>
    public void Run<TActivation>(float* x, int m, float* y, float* scaled = null, float* residual = null)
        where TActivation : struct, IActivation
    {
        fixed (float* own = panels, b = bias)
        {
            float* w = scaled == null ? own : scaled;
            for (int column = 0; column < N;)
            {
                int width = PanelWidth(N - column);
                float* r = residual == null ? null : residual + column;
                switch (width)
                {
                    case 24: Panel3<TActivation>(x, m, w, b + column, y + column, r); break;
                    case 16: Panel2<TActivation>(x, m, w, b + column, y + column, r); break;
                    default: Rows<TActivation>(x, 0, m, w, 8, b + column, y + column, r); break;
                }
                w += width * K;
                column += width;
            }
        }
    }

    // 32 is 16 + 16: a lone vector per row would leave the multipliers waiting for each sum.
    private static int PanelWidth(int left) => left is 16 or 32 ? 16 : Math.Min(left, 24);

    private static void Put<TActivation>(float* y, float* residual, Vector256<float> sum)
        where TActivation : struct, IActivation
    {
        Vector256<float> value = TActivation.Apply(sum);
        (residual == null ? value : value + Vector256.Load(residual)).Store(y);
    }

    private void Panel3<TActivation>(float* x, int m, float* w, float* b, float* y, float* residual)
        where TActivation : struct, IActivation
    {
        int k = K, n = N, row = 0;
        for (; row + 4 <= m; row += 4)
        {
            float* p = x + row * k, weights = w;
            Vector256<float> s00 = Vector256.Load(b), s01 = Vector256.Load(b + 8), s02 = Vector256.Load(b + 16);
            Vector256<float> s10 = s00, s11 = s01, s12 = s02, s20 = s00, s21 = s01, s22 = s02, s30 = s00, s31 = s01, s32 = s02;
            for (int i = 0; i < k; i++, weights += 24, p++)
            {
                Vector256<float> w0 = Vector256.Load(weights), w1 = Vector256.Load(weights + 8), w2 = Vector256.Load(weights + 16);
                var v = Vector256.Create(p[0]);
                s00 = Vector256.MultiplyAddEstimate(v, w0, s00);
                s01 = Vector256.MultiplyAddEstimate(v, w1, s01);
                s02 = Vector256.MultiplyAddEstimate(v, w2, s02);
                v = Vector256.Create(p[k]);
                s10 = Vector256.MultiplyAddEstimate(v, w0, s10);
                s11 = Vector256.MultiplyAddEstimate(v, w1, s11);
                s12 = Vector256.MultiplyAddEstimate(v, w2, s12);
                v = Vector256.Create(p[2 * k]);
                s20 = Vector256.MultiplyAddEstimate(v, w0, s20);
                s21 = Vector256.MultiplyAddEstimate(v, w1, s21);
                s22 = Vector256.MultiplyAddEstimate(v, w2, s22);
                v = Vector256.Create(p[3 * k]);
                s30 = Vector256.MultiplyAddEstimate(v, w0, s30);
                s31 = Vector256.MultiplyAddEstimate(v, w1, s31);
                s32 = Vector256.MultiplyAddEstimate(v, w2, s32);
            }
            float* q = y + row * n, r = residual == null ? null : residual + row * n;
            int step = residual == null ? 0 : 8, next = residual == null ? 0 : n;
            Put<TActivation>(q, r, s00);
            Put<TActivation>(q + 8, r + step, s01);
            Put<TActivation>(q + 16, r + 2 * step, s02);
            Put<TActivation>(q + n, r + next, s10);
            Put<TActivation>(q + n + 8, r + next + step, s11);
            Put<TActivation>(q + n + 16, r + next + 2 * step, s12);
            Put<TActivation>(q + 2 * n, r + 2 * next, s20);
            Put<TActivation>(q + 2 * n + 8, r + 2 * next + step, s21);
            Put<TActivation>(q + 2 * n + 16, r + 2 * next + 2 * step, s22);
            Put<TActivation>(q + 3 * n, r + 3 * next, s30);
            Put<TActivation>(q + 3 * n + 8, r + 3 * next + step, s31);
            Put<TActivation>(q + 3 * n + 16, r + 3 * next + 2 * step, s32);
        }
        Rows<TActivation>(x, row, m, w, 24, b, y, residual);
    }

    private void Panel2<TActivation>(float* x, int m, float* w, float* b, float* y, float* residual)
        where TActivation : struct, IActivation
    {
        int k = K, n = N, row = 0;
        for (; row + 4 <= m; row += 4)
        {
            float* p = x + row * k, weights = w;
            Vector256<float> s00 = Vector256.Load(b), s01 = Vector256.Load(b + 8);
            Vector256<float> s10 = s00, s11 = s01, s20 = s00, s21 = s01, s30 = s00, s31 = s01;
            for (int i = 0; i < k; i++, weights += 16, p++)
            {
                Vector256<float> w0 = Vector256.Load(weights), w1 = Vector256.Load(weights + 8);
                var v = Vector256.Create(p[0]);
                s00 = Vector256.MultiplyAddEstimate(v, w0, s00);
                s01 = Vector256.MultiplyAddEstimate(v, w1, s01);
                v = Vector256.Create(p[k]);
                s10 = Vector256.MultiplyAddEstimate(v, w0, s10);
                s11 = Vector256.MultiplyAddEstimate(v, w1, s11);
                v = Vector256.Create(p[2 * k]);
                s20 = Vector256.MultiplyAddEstimate(v, w0, s20);
                s21 = Vector256.MultiplyAddEstimate(v, w1, s21);
                v = Vector256.Create(p[3 * k]);
                s30 = Vector256.MultiplyAddEstimate(v, w0, s30);
                s31 = Vector256.MultiplyAddEstimate(v, w1, s31);
            }
            float* q = y + row * n, r = residual == null ? null : residual + row * n;
            int step = residual == null ? 0 : 8, next = residual == null ? 0 : n;
            Put<TActivation>(q, r, s00);
            Put<TActivation>(q + 8, r + step, s01);
            Put<TActivation>(q + n, r + next, s10);
            Put<TActivation>(q + n + 8, r + next + step, s11);
            Put<TActivation>(q + 2 * n, r + 2 * next, s20);
            Put<TActivation>(q + 2 * n + 8, r + 2 * next + step, s21);
            Put<TActivation>(q + 3 * n, r + 3 * next, s30);
            Put<TActivation>(q + 3 * n + 8, r + 3 * next + step, s31);
        }
        Rows<TActivation>(x, row, m, w, 16, b, y, residual);
    }

    // Rows that do not fill a tile, and panels of one vector.
    private void Rows<TActivation>(float* x, int row, int m, float* w, int width, float* b, float* y, float* residual)
        where TActivation : struct, IActivation
    {
        int k = K, n = N;
        for (; row < m; row++)
        {
            for (int j = 0; j < width; j += 8)
            {
                Vector256<float> sum = Vector256.Load(b + j), other = Vector256<float>.Zero;
                float* p = x + row * k, weights = w + j;
                int i = 0;
                for (; i + 2 <= k; i += 2, weights += 2 * width)
                {
                    sum = Vector256.MultiplyAddEstimate(Vector256.Create(p[i]), Vector256.Load(weights), sum);
                    other = Vector256.MultiplyAddEstimate(Vector256.Create(p[i + 1]), Vector256.Load(weights + width), other);
                }
                if (i < k)
                {
                    sum = Vector256.MultiplyAddEstimate(Vector256.Create(p[i]), Vector256.Load(weights), sum);
                }
                Put<TActivation>(y + row * n + j, residual == null ? null : residual + row * n + j, sum + other);
            }
        }
    }
}
