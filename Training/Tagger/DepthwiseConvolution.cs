using System.Runtime.Intrinsics;

namespace SoundSearch.Training.Tagger;

/// <summary>
/// A k x k convolution of each channel by itself, one row of the result at a time; channels last, a vector holds eight
/// channels. Up to eight neighbouring results share each weight that is loaded.
/// </summary>
internal sealed unsafe class DepthwiseConvolution
{
    private readonly float[] weights; // [time tap, frequency tap, channel]
    private readonly float[] bias;

    public DepthwiseConvolution(FoldedConvolution folded, int stride)
    {
        (Channels, Kernel, Stride, bias) = (folded.Shape[0], folded.Shape[2], stride, folded.Bias);
        weights = new float[Kernel * Kernel * Channels];
        for (int i = 0; i < weights.Length; i++)
        {
            int c = i % Channels, frequency = i / Channels % Kernel, time = i / Channels / Kernel;
            weights[i] = folded.Weight[(c * Kernel + frequency) * Kernel + time];
        }
    }

    public int Channels { get; }

    public int Kernel { get; }

    public int Stride { get; }

    /// <summary>
    /// y [width, Channels] = activation(bias + taps over rows). rows: Kernel pointers to rows in order of time, each
    /// [(width - 1) * Stride + Kernel, Channels], already padded. sums [Channels], when given, gets the row's sum added.
    /// </summary>
    public void Row<TActivation>(float** rows, int width, float* y, float* sums)
        where TActivation : struct, IActivation
    {
        int channels = Channels, kernel = Kernel, step = Stride * Channels;
        fixed (float* w = weights, b = bias)
        {
            for (int c = 0; c < channels; c += 8)
            {
                var start = Vector256.Load(b + c);
                Vector256<float> total = Vector256<float>.Zero;
                int f = 0;
                for (; f + 8 <= width; f += 8)
                {
                    Vector256<float> s0 = start, s1 = start, s2 = start, s3 = start, s4 = start, s5 = start, s6 = start, s7 = start;
                    float* tap = w + c;
                    for (int t = 0; t < kernel; t++)
                    {
                        float* x = rows[t] + f * step + c;
                        for (int k = 0; k < kernel; k++, tap += channels, x += channels)
                        {
                            var v = Vector256.Load(tap);
                            s0 = Vector256.MultiplyAddEstimate(Vector256.Load(x), v, s0);
                            s1 = Vector256.MultiplyAddEstimate(Vector256.Load(x + step), v, s1);
                            s2 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 2 * step), v, s2);
                            s3 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 3 * step), v, s3);
                            s4 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 4 * step), v, s4);
                            s5 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 5 * step), v, s5);
                            s6 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 6 * step), v, s6);
                            s7 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 7 * step), v, s7);
                        }
                    }
                    float* q = y + f * channels + c;
                    total += Put<TActivation>(q, s0) + Put<TActivation>(q + channels, s1)
                        + Put<TActivation>(q + 2 * channels, s2) + Put<TActivation>(q + 3 * channels, s3)
                        + Put<TActivation>(q + 4 * channels, s4) + Put<TActivation>(q + 5 * channels, s5)
                        + Put<TActivation>(q + 6 * channels, s6) + Put<TActivation>(q + 7 * channels, s7);
                }
                for (; f + 4 <= width; f += 4)
                {
                    Vector256<float> s0 = start, s1 = start, s2 = start, s3 = start;
                    float* tap = w + c;
                    for (int t = 0; t < kernel; t++)
                    {
                        float* x = rows[t] + f * step + c;
                        for (int k = 0; k < kernel; k++, tap += channels, x += channels)
                        {
                            var v = Vector256.Load(tap);
                            s0 = Vector256.MultiplyAddEstimate(Vector256.Load(x), v, s0);
                            s1 = Vector256.MultiplyAddEstimate(Vector256.Load(x + step), v, s1);
                            s2 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 2 * step), v, s2);
                            s3 = Vector256.MultiplyAddEstimate(Vector256.Load(x + 3 * step), v, s3);
                        }
                    }
                    float* q = y + f * channels + c;
                    total += Put<TActivation>(q, s0) + Put<TActivation>(q + channels, s1)
                        + Put<TActivation>(q + 2 * channels, s2) + Put<TActivation>(q + 3 * channels, s3);
                }
                for (; f < width; f++)
                {
                    Vector256<float> s = start;
                    float* tap = w + c;
                    for (int t = 0; t < kernel; t++)
                    {
                        float* x = rows[t] + f * step + c;
                        for (int k = 0; k < kernel; k++, tap += channels, x += channels)
                        {
                            s = Vector256.MultiplyAddEstimate(Vector256.Load(x), Vector256.Load(tap), s);
                        }
                    }
                    total += Put<TActivation>(y + f * channels + c, s);
                }
                if (sums != null)
                {
                    (Vector256.Load(sums + c) + total).Store(sums + c);
                }
            }
        }
    }

    private static Vector256<float> Put<TActivation>(float* y, Vector256<float> sum)
        where TActivation : struct, IActivation
    {
        Vector256<float> value = TActivation.Apply(sum);
        value.Store(y);
        return value;
    }
}
