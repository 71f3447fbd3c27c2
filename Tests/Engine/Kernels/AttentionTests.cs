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
            Attention.Backward(y, qkv, p, d, scratch, 1, 50, 2, 16);
        });
    }
}
