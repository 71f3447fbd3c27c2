using SoundSearch.Engine.Kernels;

namespace SoundSearch.Tests.Engine.Kernels;

internal sealed class AttentionTests
{
    [TestCase(1, 1, 1, 1)]
    [TestCase(1, 2, 1, 3)]
    [TestCase(2, 3, 2, 7)]
    [TestCase(1, 15, 2, 9)]
    [TestCase(2, 17, 1, 64)]
    [TestCase(1, 50, 4, 64)]
    [TestCase(1, 77, 2, 33)]
    [TestCase(0, 5, 2, 8)]
    [TestCase(3, 0, 2, 8)]
    public void Equals_its_twin_forward_and_backward(int batch, int tokens, int heads, int headWidth)
    {
        int width = heads * headWidth;
        float[] qkv = Values.Random(batch * tokens * 3 * width, 4), dy = Values.Random(batch * tokens * width, 1, 2);
        foreach (bool causal in new[] { false, true })
        {
            float[] expectedP = new float[batch * heads * tokens * tokens], expectedY = new float[batch * tokens * width], expectedD = new float[qkv.Length];
            Scalar.AttentionForward(qkv, expectedP, expectedY, batch, tokens, heads, headWidth, causal);
            Scalar.AttentionBackward(dy, qkv, expectedP, expectedD, batch, tokens, heads, headWidth);
            foreach (int lanes in Widths.All)
            {
                // Old contents must not matter.
                float[] p = [.. expectedP.Select(_ => float.NaN)], y = [.. expectedY.Select(_ => float.NaN)], d = [.. expectedD.Select(_ => float.NaN)];
                Attention.Forward((VectorWidth)lanes, qkv, p, y, batch, tokens, heads, headWidth, causal);
                Assert.That(Goldens.MaxDifference(p, expectedP), Is.LessThan(1e-5), $"{lanes} lanes, causal {causal}");
                Assert.That(Goldens.MaxDifference(y, expectedY), Is.LessThan(1e-5));
                Attention.Backward((VectorWidth)lanes, dy, qkv, expectedP, d, new float[tokens * tokens], batch, tokens, heads, headWidth);
                Assert.That(Goldens.MaxDifference(d, expectedD), Is.LessThan(2e-5));
            }
        }
    }

    [TestCase(1, 1, 1, 1, 1)]
    [TestCase(4, 3, 2, 7, 2)]
    [TestCase(6, 16, 2, 24, 3)]
    [TestCase(2, 37, 3, 9, 4)]
    public void Biases_per_head_and_group_equal_those_of_the_twin(int batch, int tokens, int heads, int headWidth, int groups)
    {
        int width = heads * headWidth;
        float[] qkv = Values.Random(batch * tokens * 3 * width, 4), perHead = Values.Random(heads * tokens * tokens, 3, 2);
        float[] perGroup = [.. Values.Random(groups * tokens * tokens, 1, 3).Select((v, i) => v > 0 && i % (tokens + 1) != 0 ? -100 : 0)];
        for (int form = 0; form < 8; form++)
        {
            bool causal = form >= 4;
            var bias = new AttentionBias((form & 1) != 0 ? perHead : default, (form & 2) != 0 ? perGroup : default);
            float[] expectedP = new float[batch * heads * tokens * tokens], expectedY = new float[batch * tokens * width];
            Scalar.AttentionForward(qkv, expectedP, expectedY, batch, tokens, heads, headWidth, causal, bias);
            foreach (int lanes in Widths.All)
            {
                float[] p = [.. expectedP.Select(_ => float.NaN)], y = [.. expectedY.Select(_ => float.NaN)];
                Attention.Forward((VectorWidth)lanes, qkv, p, y, batch, tokens, heads, headWidth, causal, bias);
                Assert.That(Goldens.MaxDifference(p, expectedP), Is.LessThan(1e-5), $"{lanes} lanes, form {form}");
                Assert.That(Goldens.MaxDifference(y, expectedY), Is.LessThan(1e-5));
            }
        }
    }

    [TestCase(1, 50, 2, 16)]
    [TestCase(3, 29, 3, 7)]
    [TestCase(0, 5, 2, 8)]
    [TestCase(3, 0, 2, 8)]
    public void Probabilities_that_are_not_kept_change_nothing(int batch, int tokens, int heads, int headWidth)
    {
        int width = heads * headWidth;
        float[] qkv = Values.Random(batch * tokens * 3 * width, 4), p = new float[batch * heads * tokens * tokens];
        var bias = new AttentionBias(Values.Random(heads * tokens * tokens), Values.Random(2 * tokens * tokens, 1, 2));
        foreach (bool causal in new[] { false, true })
        {
            float[] expected = new float[batch * tokens * width], actual = new float[expected.Length];
            Attention.Forward(qkv, p, expected, batch, tokens, heads, headWidth, causal, bias);
            Attention.Forward(qkv, actual, batch, tokens, heads, headWidth, causal, bias);
            Assert.That(actual, Is.EqualTo(expected));
        }
    }

    [Test]
    public void A_bias_of_zeros_is_none()
    {
        float[] qkv = Values.Random(9 * 3 * 8, 4), p = new float[162], y = new float[72], otherP = new float[162], otherY = new float[72];
        Attention.Forward(qkv, p, y, 1, 9, 2, 4, false);
        Attention.Forward(qkv, otherP, otherY, 1, 9, 2, 4, false, new AttentionBias(new float[162], new float[81]));
        Assert.That(Goldens.MaxDifference(otherY, y), Is.LessThan(1e-6));
    }

    [Test]
    public void Biases_of_another_shape_are_refused()
    {
        float[] qkv = new float[2 * 24], p = new float[8], y = new float[16];
        Assert.That(
            () => Attention.Forward(qkv, p, y, 2, 2, 1, 4, false, new AttentionBias(new float[8])), Throws.ArgumentException.With.Message.Contains("1 x 2 x 2"));
        Assert.That(
            () => Attention.Forward(qkv, p, y, 2, 2, 1, 4, false, new AttentionBias(default, new float[6])), Throws.ArgumentException.With.Message.Contains("multiple of 2 x 2"));
    }

    [Test]
    public void Large_scores_neither_overflow_nor_lose_the_winner([ValueSource(typeof(Widths), nameof(Widths.All))] int lanes)
    {
        const int tokens = 19;
        float[] qkv = [.. Values.Random(tokens * 24, 400)], p = new float[tokens * tokens], y = new float[tokens * 8];
        float[] expectedP = new float[tokens * tokens], expectedY = new float[tokens * 8];
        Scalar.AttentionForward(qkv, expectedP, expectedY, 1, tokens, 1, 8, false);
        Attention.Forward((VectorWidth)lanes, qkv, p, y, 1, tokens, 1, 8, false);
        Assert.That(Goldens.MaxDifference(p, expectedP), Is.LessThan(0.02));
        for (int t = 0; t < tokens; t++)
        {
            Assert.That(p[(t * tokens)..((t + 1) * tokens)].Sum(), Is.EqualTo(1).Within(1e-5));
        }
    }

    [Test]
    public void Gradient_equals_finite_differences([Values] bool causal)
    {
        const int tokens = 5, heads = 2, headWidth = 3, width = heads * headWidth;
        float[] qkv = Values.Random(tokens * 3 * width, 3), dy = Values.Random(tokens * width, 1, 2), d = new float[qkv.Length];
        float[] p = new float[heads * tokens * tokens], y = new float[tokens * width];
        double Loss()
        {
            Attention.Forward(qkv, p, y, 1, tokens, heads, headWidth, causal);
            return Differences.Dot(dy, y);
        }
        Loss();
        Attention.Backward(dy, qkv, p, d, new float[tokens * tokens], 1, tokens, heads, headWidth);
        Differences.Check(qkv, d, Loss);
    }

    [Test]
    public void Short_spans_are_refused()
    {
        Assert.That(() => Attention.Forward(new float[23], new float[4], new float[8], 1, 2, 1, 4, false), Throws.ArgumentException.With.Message.Contains("needs 24"));
        Assert.That(() => Attention.Backward(new float[8], new float[24], new float[4], new float[24], new float[3], 1, 2, 1, 4), Throws.ArgumentException);
    }

    [Test]
    public void Nothing_is_allocated()
    {
        float[] qkv = Values.Random(50 * 96), p = new float[2 * 50 * 50], y = new float[50 * 32], d = new float[qkv.Length], scratch = new float[2500];
        Allocations.None(() =>
        {
            Attention.Forward(qkv, p, y, 1, 50, 2, 16, true);
            Attention.Forward(qkv, y, 1, 50, 2, 16, false);
            Attention.Backward(y, qkv, p, d, scratch, 1, 50, 2, 16);
        });
    }
}
