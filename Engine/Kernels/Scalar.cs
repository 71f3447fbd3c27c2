namespace SoundSearch.Engine.Kernels;

/// <summary>
/// The definition of correct: every kernel as the plainest loop that can be written down, in float32 storage with
/// float64 accumulation. Fast kernels are tested against these; nothing else calls them except at the scalar ISA level.
/// All matrices are row-major.
/// </summary>
public static class Scalar
{
    /// <summary>C[m,n] = beta C + op(A)[m,k] op(B)[k,n], with beta 0 or 1. A transposed operand is stored as [k,m] or [n,k].</summary>
    public static void Gemm(
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc, int m, int n, int k, float beta)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += (double)(transposeA ? a[p * lda + i] : a[i * lda + p]) * (transposeB ? b[j * ldb + p] : b[p * ldb + j]);
                }
                c[i * ldc + j] = (float)(beta * (beta == 0 ? 0 : c[i * ldc + j]) + sum);
            }
        }
    }

    /// <summary>
    /// C[m,n] = beta C + A[m,k] W[n,k]^T with 8-bit factors: each row of A and of W is scaled so that its largest magnitude is
    /// 127, and rounded to whole numbers, ties to even.
    /// </summary>
    public static void GemmInt8(ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> w, Span<float> c, int ldc, int m, int n, int k, float beta)
    {
        for (int i = 0; i < m; i++)
        {
            (int[] row, double rowScale) = ToInt8(a.Slice(i * lda, k));
            for (int j = 0; j < n; j++)
            {
                (int[] column, double columnScale) = ToInt8(w.Slice(j * k, k));
                long sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += row[p] * column[p];
                }
                c[i * ldc + j] = (float)(beta * (beta == 0 ? 0 : c[i * ldc + j]) + sum * rowScale * columnScale);
            }
        }
    }

    /// <summary>y = (x - mean) / sqrt(variance + epsilon) * gain + bias for each row; keeps mean and 1/sqrt(...) per row.</summary>
    public static void LayerNormForward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias, Span<float> y,
        Span<float> mean, Span<float> rstd, int rows, int width, float epsilon)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * width, width);
            double sum = 0, squares = 0;
            foreach (float v in row)
            {
                sum += v;
            }
            double mu = sum / width;
            foreach (float v in row)
            {
                squares += (v - mu) * (v - mu);
            }
            double scale = 1 / Math.Sqrt(squares / width + epsilon);
            for (int i = 0; i < width; i++)
            {
                y[r * width + i] = (float)((row[i] - mu) * scale * gain[i] + bias[i]);
            }
            mean[r] = (float)mu;
            rstd[r] = (float)scale;
        }
    }

    /// <summary>dx, dgain and dbias are added to, not overwritten.</summary>
    public static void LayerNormBackward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> mean, ReadOnlySpan<float> rstd,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int width)
    {
        for (int r = 0; r < rows; r++)
        {
            double sum = 0, dot = 0;
            for (int i = 0; i < width; i++)
            {
                double normal = ((double)x[r * width + i] - mean[r]) * rstd[r];
                double d = (double)dy[r * width + i] * gain[i];
                sum += d;
                dot += d * normal;
                dgain[i] += (float)(dy[r * width + i] * normal);
                dbias[i] += dy[r * width + i];
            }
            for (int i = 0; i < width; i++)
            {
                double normal = ((double)x[r * width + i] - mean[r]) * rstd[r];
                double d = (double)dy[r * width + i] * gain[i];
                dx[r * width + i] += (float)(rstd[r] * (d - sum / width - normal * dot / width));
            }
        }
    }

    /// <summary>y = x sigmoid(1.702 x), CLIP's GELU.</summary>
    public static void QuickGeluForward(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (float)(x[i] / (1 + Math.Exp(-1.702 * x[i])));
        }
    }

    /// <summary>dx = dy * d(x sigmoid(1.702 x))/dx; overwrites dx, which may be dy.</summary>
    public static void QuickGeluBackward(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx)
    {
        for (int i = 0; i < x.Length; i++)
        {
            double s = 1 / (1 + Math.Exp(-1.702 * x[i]));
            dx[i] = (float)(dy[i] * (s + 1.702 * x[i] * s * (1 - s)));
        }
    }

    /// <summary>y = x (1 + erf(x / sqrt 2)) / 2, in float64.</summary>
    public static void GeluForward(ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i] = (float)(0.5 * x[i] * (1 + Erf(x[i] / Math.Sqrt(2))));
        }
    }

    /// <summary>
    /// The error function by Abramowitz and Stegun 7.1.6, 2 / sqrt(pi) e^(-x x) times the sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)),
    /// whose terms all have one sign; 1 beyond 6.
    /// </summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>
    /// Multi-head self-attention. qkv [batch*tokens, 3*heads*headWidth] holds q, k, v side by side, heads in order;
    /// probabilities [batch, heads, tokens, tokens] are kept for the backward pass; y [batch*tokens, heads*headWidth].
    /// Scores are scaled by headWidth^-0.5, then the bias is added; causal: token t sees tokens 0..t only, the rest of its row is 0.
    /// </summary>
    public static void AttentionForward(
        ReadOnlySpan<float> qkv, Span<float> probabilities, Span<float> y, int batch, int tokens, int heads, int headWidth, bool causal,
        AttentionBias bias = default)
    {
        int width = heads * headWidth, stride = 3 * width;
        double scale = 1 / Math.Sqrt(headWidth);
        for (int b = 0; b < batch; b++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int t = 0; t < tokens; t++)
                {
                    ReadOnlySpan<float> q = qkv.Slice((b * tokens + t) * stride + h * headWidth, headWidth);
                    Span<float> p = probabilities.Slice(((b * heads + h) * tokens + t) * tokens, tokens);
                    int seen = causal ? t + 1 : tokens;
                    double max = double.NegativeInfinity, sum = 0;
                    Span<double> scores = new double[seen];
                    for (int s = 0; s < seen; s++)
                    {
                        double dot = 0;
                        for (int i = 0; i < headWidth; i++)
                        {
                            dot += (double)q[i] * qkv[(b * tokens + s) * stride + width + h * headWidth + i];
                        }
                        scores[s] = dot * scale;
                        if (!bias.Heads.IsEmpty)
                        {
                            scores[s] += bias.Heads[(h * tokens + t) * tokens + s];
                        }
                        if (!bias.Groups.IsEmpty)
                        {
                            scores[s] += bias.Groups[(b * tokens + t) * tokens % bias.Groups.Length + s];
                        }
                        max = Math.Max(max, scores[s]);
                    }
                    for (int s = 0; s < seen; s++)
                    {
                        scores[s] = Math.Exp(scores[s] - max);
                        sum += scores[s];
                    }
                    for (int s = 0; s < tokens; s++)
                    {
                        p[s] = s < seen ? (float)(scores[s] / sum) : 0;
                    }
                    for (int i = 0; i < headWidth; i++)
                    {
                        double value = 0;
                        for (int s = 0; s < seen; s++)
                        {
                            value += scores[s] / sum * qkv[(b * tokens + s) * stride + 2 * width + h * headWidth + i];
                        }
                        y[(b * tokens + t) * width + h * headWidth + i] = (float)value;
                    }
                }
            }
        }
    }

    /// <summary>Gradient of <see cref="AttentionForward"/>; overwrites dqkv.</summary>
    public static void AttentionBackward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> qkv, ReadOnlySpan<float> probabilities, Span<float> dqkv,
        int batch, int tokens, int heads, int headWidth)
    {
        int width = heads * headWidth, stride = 3 * width;
        double scale = 1 / Math.Sqrt(headWidth);
        dqkv[..(batch * tokens * stride)].Clear();
        double[] dp = new double[tokens];
        for (int b = 0; b < batch; b++)
        {
            for (int h = 0; h < heads; h++)
            {
                for (int t = 0; t < tokens; t++)
                {
                    ReadOnlySpan<float> p = probabilities.Slice(((b * heads + h) * tokens + t) * tokens, tokens);
                    int query = (b * tokens + t) * stride + h * headWidth;
                    int output = (b * tokens + t) * width + h * headWidth;
                    double dot = 0;
                    for (int s = 0; s < tokens; s++)
                    {
                        int value = (b * tokens + s) * stride + 2 * width + h * headWidth;
                        dp[s] = 0;
                        for (int i = 0; i < headWidth; i++)
                        {
                            dp[s] += (double)dy[output + i] * qkv[value + i];
                            dqkv[value + i] += dy[output + i] * p[s];
                        }
                        dot += dp[s] * p[s];
                    }
                    for (int s = 0; s < tokens; s++)
                    {
                        int key = (b * tokens + s) * stride + width + h * headWidth;
                        double ds = p[s] * (dp[s] - dot) * scale;
                        for (int i = 0; i < headWidth; i++)
                        {
                            dqkv[query + i] += (float)(ds * qkv[key + i]);
                            dqkv[key + i] += (float)(ds * qkv[query + i]);
                        }
                    }
                }
            }
        }
    }

    /// <summary>
    /// Patches of a channels-last picture: x [batch, height, width, channels] to
    /// columns [batch*outHeight*outWidth, kernelHeight*kernelWidth*channels], zero outside the picture.
    /// </summary>
    public static void Im2Col(ReadOnlySpan<float> x, Span<float> columns, int batch, in ConvolutionShape s)
    {
        int patch = s.Patch;
        for (int o = 0; o < batch * s.OutHeight * s.OutWidth; o++)
        {
            int b = o / (s.OutHeight * s.OutWidth), oy = o / s.OutWidth % s.OutHeight, ox = o % s.OutWidth;
            for (int p = 0; p < patch; p++)
            {
                int channel = p % s.Channels, kx = p / s.Channels % s.KernelWidth, ky = p / s.Channels / s.KernelWidth;
                int y = oy * s.StrideHeight + ky - s.PadHeight, xx = ox * s.StrideWidth + kx - s.PadWidth;
                bool inside = y >= 0 && y < s.Height && xx >= 0 && xx < s.Width;
                columns[o * patch + p] = inside ? x[((b * s.Height + y) * s.Width + xx) * s.Channels + channel] : 0;
            }
        }
    }

    /// <summary>Adjoint of <see cref="Im2Col"/>: adds each patch's gradient into dx.</summary>
    public static void Col2Im(ReadOnlySpan<float> dcolumns, Span<float> dx, int batch, in ConvolutionShape s)
    {
        int patch = s.Patch;
        for (int o = 0; o < batch * s.OutHeight * s.OutWidth; o++)
        {
            int b = o / (s.OutHeight * s.OutWidth), oy = o / s.OutWidth % s.OutHeight, ox = o % s.OutWidth;
            for (int p = 0; p < patch; p++)
            {
                int channel = p % s.Channels, kx = p / s.Channels % s.KernelWidth, ky = p / s.Channels / s.KernelWidth;
                int y = oy * s.StrideHeight + ky - s.PadHeight, xx = ox * s.StrideWidth + kx - s.PadWidth;
                if (y >= 0 && y < s.Height && xx >= 0 && xx < s.Width)
                {
                    dx[((b * s.Height + y) * s.Width + xx) * s.Channels + channel] += dcolumns[o * patch + p];
                }
            }
        }
    }

    /// <summary>Mean and (biased) variance of each channel over rows; x [rows, channels].</summary>
    public static void BatchNormStatistics(ReadOnlySpan<float> x, Span<float> mean, Span<float> variance, int rows, int channels)
    {
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0;
            for (int r = 0; r < rows; r++)
            {
                sum += x[r * channels + c];
            }
            double mu = sum / rows;
            for (int r = 0; r < rows; r++)
            {
                squares += (x[r * channels + c] - mu) * (x[r * channels + c] - mu);
            }
            mean[c] = (float)mu;
            variance[c] = (float)(squares / rows);
        }
    }

    /// <summary>y = (x - mean) / sqrt(variance + epsilon) * gain + bias, per channel; x, y [rows, channels].</summary>
    public static void BatchNormForward(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain, ReadOnlySpan<float> bias,
        Span<float> y, int rows, int channels, float epsilon)
    {
        for (int i = 0; i < rows * channels; i++)
        {
            int c = i % channels;
            y[i] = (float)(((double)x[i] - mean[c]) / Math.Sqrt((double)variance[c] + epsilon) * gain[c] + bias[c]);
        }
    }

    /// <summary>
    /// Gradient through normalisation with the batch's own statistics. dx is overwritten and may be dy; dgain and dbias are added to.
    /// </summary>
    public static void BatchNormBackward(
        ReadOnlySpan<float> dy, ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> gain,
        Span<float> dx, Span<float> dgain, Span<float> dbias, int rows, int channels, float epsilon)
    {
        for (int c = 0; c < channels; c++)
        {
            double rstd = 1 / Math.Sqrt((double)variance[c] + epsilon), sum = 0, dot = 0;
            for (int r = 0; r < rows; r++)
            {
                int i = r * channels + c;
                sum += dy[i];
                dot += dy[i] * ((double)x[i] - mean[c]) * rstd;
            }
            for (int r = 0; r < rows; r++)
            {
                int i = r * channels + c;
                double normal = ((double)x[i] - mean[c]) * rstd;
                dx[i] = (float)(gain[c] * rstd * (dy[i] - sum / rows - normal * dot / rows));
            }
            dgain[c] += (float)dot;
            dbias[c] += (float)sum;
        }
    }

    private static (int[] Values, double Scale) ToInt8(ReadOnlySpan<float> x)
    {
        const int limit = 127;
        float max = 0;
        foreach (float v in x)
        {
            max = MathF.Max(max, MathF.Abs(v));
        }
        int[] values = new int[x.Length];
        for (int i = 0; i < values.Length && max > 0; i++)
        {
            values[i] = (int)MathF.Round(x[i] * (limit / max)); // float32 like the kernels: a tie must fall to the same side
        }
        return (values, max / limit);
    }
}
