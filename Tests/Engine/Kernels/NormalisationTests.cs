using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

/// <summary>Layer norm, batch norm and activation against their scalar twins; the twins against finite differences.</summary>
internal sealed class NormalisationTests
{
    private static readonly int[] Sizes = [0, 1, 2, 3, 7, 9, 15, 17, 32, 63, 64, 511, 768];

    [Test]
    public void Layer_norm_equals_its_twin_forward_and_backward(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int lanes, [ValueSource(nameof(Sizes))] int width, [Values(0, 1, 5)] int rows)
    {
        VectorWidth vectors = (VectorWidth)lanes;
        float[] x = [.. Values.Random(rows * width, 4).Select(v => v + 3)], gain = Values.Random(width, 3, 2), bias = Values.Random(width, 1, 3);
        float[] y = new float[rows * width], expectedY = new float[rows * width];
        float[] mean = new float[rows], rstd = new float[rows], expectedMean = new float[rows], expectedRstd = new float[rows];
        Scalar.LayerNormForward(x, gain, bias, expectedY, expectedMean, expectedRstd, rows, width, 1e-5f);
        LayerNorm.Forward(vectors, x, gain, bias, y, mean, rstd, rows, width, 1e-5f);
        if (width > 0)
        {
            Assert.That(Goldens.MaxDifference(mean, expectedMean), Is.LessThan(1e-5));
            Assert.That(RelativeDifference(rstd, expectedRstd), Is.LessThan(1e-5));
        }
        Assert.That(RelativeDifference(y, expectedY), Is.LessThan(width == 1 ? 1e-3 : 2e-5));

        float[] dy = Values.Random(rows * width, 1, 4), dx = Values.Random(rows * width, 1, 5), expectedDx = (float[])dx.Clone();
        float[] dgain = Values.Random(width), expectedDgain = (float[])dgain.Clone(), dbias = Values.Random(width), expectedDbias = (float[])dbias.Clone();
        Scalar.LayerNormBackward(dy, x, gain, expectedMean, expectedRstd, expectedDx, expectedDgain, expectedDbias, rows, width);
        LayerNorm.Backward(vectors, dy, x, gain, expectedMean, expectedRstd, dx, dgain, dbias, rows, width);
        Assert.That(RelativeDifference(dx, expectedDx), Is.LessThan(1e-4));
        Assert.That(Goldens.MaxDifference(dgain, expectedDgain), Is.LessThan(1e-5));
        Assert.That(Goldens.MaxDifference(dbias, expectedDbias), Is.LessThan(1e-5));
    }

    [Test]
    public void Layer_norm_may_write_over_its_input()
    {
        float[] x = Values.Random(3 * 33), y = new float[99], gain = Values.Random(33), bias = Values.Random(33);
        LayerNorm.Forward(x, gain, bias, y, new float[3], new float[3], 3, 33);
        LayerNorm.Forward(x, gain, bias, x, new float[3], new float[3], 3, 33);
        Assert.That(x, Is.EqualTo(y));
    }

    [Test]
    public void Layer_norm_gradient_equals_finite_differences()
    {
        const int rows = 2, width = 9;
        float[] x = Values.Random(rows * width, 2), gain = Values.Random(width, 2, 2), bias = Values.Random(width, 1, 3), dy = Values.Random(rows * width, 1, 4);
        float[] mean = new float[rows], rstd = new float[rows], dx = new float[rows * width], dgain = new float[width], dbias = new float[width];
        double Loss()
        {
            float[] y = new float[rows * width];
            LayerNorm.Forward(x, gain, bias, y, mean, rstd, rows, width);
            return Differences.Dot(dy, y);
        }
        Loss();
        LayerNorm.Backward(dy, x, gain, mean, rstd, dx, dgain, dbias, rows, width);
        Differences.Check(x, dx, Loss);
        Differences.Check(gain, dgain, Loss);
        Differences.Check(bias, dbias, Loss);
    }

    [Test]
    public void Batch_norm_equals_its_twin_forward_and_backward(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int lanes, [Values(0, 1, 2, 3, 7, 16, 17, 32, 63, 64)] int channels, [Values(1, 2, 9, 700)] int rows)
    {
        VectorWidth vectors = (VectorWidth)lanes;
        float[] x = [.. Values.Random(rows * channels, 4).Select(v => v + 3)], gain = Values.Random(channels, 3, 2), bias = Values.Random(channels, 1, 3);
        float[] mean = new float[channels], variance = new float[channels], expectedMean = new float[channels], expectedVariance = new float[channels];
        Scalar.BatchNormStatistics(x, expectedMean, expectedVariance, rows, channels);
        BatchNorm.Statistics(vectors, x, mean, variance, rows, channels);
        Assert.That(Goldens.MaxDifference(mean, expectedMean), Is.LessThan(2e-6));
        Assert.That(Goldens.MaxDifference(variance, expectedVariance), Is.LessThan(2e-6));

        float[] y = new float[rows * channels], expectedY = new float[rows * channels];
        Scalar.BatchNormForward(x, expectedMean, expectedVariance, gain, bias, expectedY, rows, channels, 1e-5f);
        BatchNorm.Forward(vectors, x, expectedMean, expectedVariance, gain, bias, y, rows, channels, 1e-5f);
        Assert.That(RelativeDifference(y, expectedY), Is.LessThan(2e-5));

        float[] dy = Values.Random(rows * channels, 1, 4), dx = new float[rows * channels], expectedDx = new float[rows * channels];
        float[] dgain = Values.Random(channels), expectedDgain = (float[])dgain.Clone(), dbias = Values.Random(channels), expectedDbias = (float[])dbias.Clone();
        Scalar.BatchNormBackward(dy, x, expectedMean, expectedVariance, gain, expectedDx, expectedDgain, expectedDbias, rows, channels, 1e-5f);
        BatchNorm.Backward(vectors, dy, x, expectedMean, expectedVariance, gain, dx, dgain, dbias, rows, channels, 1e-5f);
        Assert.That(RelativeDifference(dx, expectedDx), Is.LessThan(rows == 1 ? 1e-3 : 1e-4));
        Assert.That(Goldens.MaxDifference(dgain, expectedDgain), Is.LessThan(1e-5 * Math.Sqrt(rows)));
        Assert.That(Goldens.MaxDifference(dbias, expectedDbias), Is.LessThan(1e-5 * Math.Sqrt(rows)));
        BatchNorm.Backward(vectors, dy, x, expectedMean, expectedVariance, gain, dy, dgain, dbias, rows, channels, 1e-5f);
        Assert.That(dy, Is.EqualTo(dx), "dx may be dy");
    }

    [Test]
    public void Batch_norm_statistics_hold_over_a_million_rows_far_from_zero([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes)
    {
        const int rows = 1_000_000;
        float[] x = new float[rows], mean = new float[1], variance = new float[1];
        for (int i = 0; i < rows; i++)
        {
            x[i] = 1000 + i % 2;
        }
        BatchNorm.Statistics((VectorWidth)lanes, x, mean, variance, rows, 1);
        Assert.That(mean[0], Is.EqualTo(1000.5).Within(1e-3));
        Assert.That(variance[0], Is.EqualTo(0.25).Within(1e-4));
    }

    [Test]
    public void Batch_norm_gradient_equals_finite_differences()
    {
        const int rows = 7, channels = 3;
        float[] x = Values.Random(rows * channels, 2), gain = Values.Random(channels, 2, 2), bias = Values.Random(channels, 1, 3), dy = Values.Random(rows * channels, 1, 4);
        float[] mean = new float[channels], variance = new float[channels], dx = new float[rows * channels], dgain = new float[channels], dbias = new float[channels];
        double Loss()
        {
            float[] y = new float[rows * channels];
            BatchNorm.Statistics(x, mean, variance, rows, channels);
            BatchNorm.Forward(x, mean, variance, gain, bias, y, rows, channels);
            return Differences.Dot(dy, y);
        }
        Loss();
        BatchNorm.Backward(dy, x, mean, variance, gain, dx, dgain, dbias, rows, channels);
        Differences.Check(x, dx, Loss);
        Differences.Check(gain, dgain, Loss);
        Differences.Check(bias, dbias, Loss);
    }

    [Test]
    public void Quick_gelu_equals_its_twin_forward_and_backward(
        [ValueSource(typeof(Widths), nameof(Widths.All))] int lanes, [ValueSource(nameof(Sizes))] int length)
    {
        VectorWidth vectors = (VectorWidth)lanes;
        float[] x = Values.Random(length, 40), y = new float[length], expected = new float[length], dy = Values.Random(length, 1, 2), dx = new float[length];
        Scalar.QuickGeluForward(x, expected);
        QuickGelu.Forward(vectors, x, y);
        Assert.That(RelativeDifference(y, expected), Is.LessThan(1e-6));
        Scalar.QuickGeluBackward(dy, x, expected);
        QuickGelu.Backward(vectors, dy, x, dx);
        Assert.That(Goldens.MaxDifference(dx, expected), Is.LessThan(2e-6));
        QuickGelu.Forward(vectors, x, x);
        Assert.That(x, Is.EqualTo(y), "y may be x");
    }

    [Test]
    public void Quick_gelu_keeps_extremes_and_passes_NaN_on([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes)
    {
        float[] x = new float[16 + 3];
        Array.Fill(x, 1e30f);
        x[1] = x[17] = -1e4f;
        x[2] = x[18] = float.NaN;
        QuickGelu.Forward((VectorWidth)lanes, x, x);
        Assert.That(x[0], Is.EqualTo(1e30f));
        Assert.That(x[1], Is.Zero.Within(1e-30));
        Assert.That(x[17], Is.Zero.Within(1e-30));
        Assert.That(x[2], Is.NaN);
        Assert.That(x[18], Is.NaN);
    }

    [Test]
    public void Gelu_equals_its_twin([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes, [ValueSource(nameof(Sizes))] int length)
    {
        float[] x = Values.Random(length, 16), y = new float[length], expected = new float[length];
        Scalar.GeluForward(x, expected);
        Gelu.Forward((VectorWidth)lanes, x, y);
        Assert.That(RelativeDifference(y, expected), Is.LessThan(1e-6));
        Gelu.Forward((VectorWidth)lanes, x, x);
        Assert.That(x, Is.EqualTo(y), "y may be x");
    }

    [Test]
    public void Gelu_is_within_half_a_millionth_everywhere([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes)
    {
        float[] x = [.. Enumerable.Range(-70_000, 140_001).Select(i => i * 1e-4f)], y = new float[x.Length], expected = new float[x.Length];
        Scalar.GeluForward(x, expected);
        Gelu.Forward((VectorWidth)lanes, x, y);
        Assert.That(RelativeDifference(y, expected), Is.LessThan(5e-7));
    }

    [Test]
    public void Gelu_keeps_extremes_and_passes_NaN_on([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes)
    {
        float[] x = new float[16 + 3];
        Array.Fill(x, 1e30f);
        x[1] = x[17] = -1e30f;
        x[2] = x[18] = float.NaN;
        x[3] = float.PositiveInfinity;
        x[4] = float.NegativeInfinity;
        Gelu.Forward((VectorWidth)lanes, x, x);
        Assert.That(x[0], Is.EqualTo(1e30f));
        Assert.That(new[] { x[1], x[17], x[4] }, Is.All.Zero.Within(1e-30));
        Assert.That(new[] { x[2], x[18] }, Is.All.NaN);
        Assert.That(x[3], Is.EqualTo(float.PositiveInfinity));
    }

    // Abramowitz and Stegun, table 7.1.
    [TestCase(0, 0)]
    [TestCase(0.5, 0.5204998778)]
    [TestCase(1, 0.8427007929)]
    [TestCase(2, 0.9953222650)]
    [TestCase(-1, -0.8427007929)]
    [TestCase(3, 0.9999779095)]
    [TestCase(7, 1)]
    public void The_error_function_has_its_tabled_values(double x, double expected) =>
        Assert.That(Scalar.Erf(x), Is.EqualTo(expected).Within(1e-10));

    [Test]
    public void Quick_gelu_gradient_equals_finite_differences()
    {
        float[] x = Values.Random(19, 6), dy = Values.Random(19, 1, 2), dx = new float[19];
        QuickGelu.Backward(dy, x, dx);
        Differences.Check(x, dx, () =>
        {
            float[] y = new float[x.Length];
            QuickGelu.Forward(x, y);
            return Differences.Dot(dy, y);
        });
    }

    [Test]
    public void Short_spans_are_refused()
    {
        float[] three = new float[3], two = new float[2];
        Assert.That(() => LayerNorm.Forward(three, two, two, three, two, two, 2, 2), Throws.ArgumentException.With.Message.Contains("needs 4 values, and 3"));
        Assert.That(() => BatchNorm.Statistics(three, two, two, 2, 2), Throws.ArgumentException);
        Assert.That(() => QuickGelu.Forward(three, two), Throws.ArgumentException);
        Assert.That(() => QuickGelu.Backward(two, three, three), Throws.ArgumentException);
        Assert.That(() => Gelu.Forward(three, two), Throws.ArgumentException);
    }

    [Test]
    public void Nothing_is_allocated()
    {
        float[] x = Values.Random(8 * 32), y = new float[8 * 32], v = new float[32], w = new float[32], z = new float[256], g = new float[32];
        Allocations.None(() =>
        {
            LayerNorm.Forward(x, v, v, y, w, w, 8, 32);
            LayerNorm.Backward(x, y, v, w, w, z, g, g, 8, 32);
            BatchNorm.Statistics(x, v, w, 8, 32);
            BatchNorm.Forward(x, v, w, g, g, y, 8, 32);
            BatchNorm.Backward(x, y, v, w, g, z, g, g, 8, 32);
            QuickGelu.Forward(x, y);
            QuickGelu.Backward(x, y, z);
            Gelu.Forward(x, y);
        });
    }

    /// <summary>Largest difference in units of max(1, |expected|).</summary>
    private static double RelativeDifference(float[] actual, float[] expected)
    {
        double max = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)actual[i] - expected[i]) / Math.Max(1, Math.Abs(expected[i]));
            max = difference <= max ? max : difference;
        }
        return max;
    }
}
