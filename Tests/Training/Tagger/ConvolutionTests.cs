using SoundSearch.Training.Tagger;

namespace SoundSearch.Tests.Training.Tagger;

/// <summary>The tagger's convolutions against the sums that define them.</summary>
public sealed unsafe class ConvolutionTests
{
    private readonly Random random = new(7);

    [Test]
    public void A_pointwise_convolution_is_a_matrix_product_with_bias_activation_and_residual(
        [Values(8, 16, 24, 32, 40, 48, 72, 80)] int n, [Values(1, 8, 13)] int k, [Values(1, 3, 4, 9)] int m)
    {
        float[] weight = Noise(n * k), bias = Noise(n), x = Noise(m * k), scale = Noise(k), residual = Noise(m * n);
        var convolution = new PointwiseConvolution(weight, bias, n, k);
        float[] plain = new float[m * n], full = new float[m * n], scaled = new float[n * k];
        fixed (float* px = x, pp = plain, pf = full, ps = scaled, pc = scale, pr = residual)
        {
            convolution.Run<Relu>(px, m, pp);
            convolution.Scale(pc, ps);
            convolution.Run<HardSwish>(px, m, pf, ps, pr);
        }
        for (int i = 0; i < m * n; i++)
        {
            double sum = bias[i % n], weighed = bias[i % n];
            for (int j = 0; j < k; j++)
            {
                double product = (double)x[i / n * k + j] * weight[i % n * k + j];
                sum += product;
                weighed += product * scale[j];
            }
            Assert.That(plain[i], Is.EqualTo(Math.Max(0, sum)).Within(1e-5));
            Assert.That(full[i], Is.EqualTo(weighed * Math.Clamp(weighed + 3, 0, 6) / 6 + residual[i]).Within(1e-5));
        }
    }

    [Test]
    public void A_depthwise_convolution_sums_over_time_and_frequency_taps(
        [Values(8, 24)] int channels, [Values(3, 5)] int kernel, [Values(1, 2)] int stride, [Values(1, 4, 7, 13)] int width)
    {
        float[] weight = Noise(channels * kernel * kernel), bias = Noise(channels);
        int rowLength = (width - 1) * stride + kernel;
        float[] rows = Noise(kernel * rowLength * channels), y = new float[width * channels], sums = new float[channels];
        var convolution = new DepthwiseConvolution(new FoldedConvolution([channels, 1, kernel, kernel], weight, bias), stride);
        fixed (float* p = rows, q = y, s = sums)
        {
            float** taps = stackalloc float*[kernel];
            for (int i = 0; i < kernel; i++)
            {
                taps[i] = p + i * rowLength * channels;
            }
            convolution.Row<Identity>(taps, width, q, s);
        }
        for (int c = 0; c < channels; c++)
        {
            double total = 0;
            for (int f = 0; f < width; f++)
            {
                double sum = bias[c];
                for (int t = 0; t < kernel; t++)
                {
                    for (int j = 0; j < kernel; j++)
                    {
                        sum += (double)weight[(c * kernel + j) * kernel + t] * rows[(t * rowLength + f * stride + j) * channels + c];
                    }
                }
                Assert.That(y[f * channels + c], Is.EqualTo(sum).Within(1e-5));
                total += sum;
            }
            Assert.That(sums[c], Is.EqualTo(total).Within(1e-4));
        }
    }

    private float[] Noise(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
}
