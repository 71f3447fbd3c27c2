using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Tests.Engine.Kernels;
using SoundSearch.Training.Backward;

namespace SoundSearch.Tests.Engine.Models;

/// <summary>The block's forms beyond CLIP's own: MLP width, activation, post-LN, epsilon, attention biases.</summary>
internal sealed class TransformerBlockTests
{
    private const int Batch = 4;
    private const int Tokens = 5;

    private static readonly TransformerShape clip = new(Width: 6, Heads: 2, Layers: 1, Causal: false);

    private static readonly TransformerShape[] shapes =
    [
        clip,
        clip with { Hidden = 7 },
        clip with { Hidden = 31, Activation = Activation.Gelu, PostNorm = true, Epsilon = 1e-12f },
        clip with { Activation = Activation.Gelu },
        clip with { PostNorm = true, Epsilon = 0.5f },
    ];

    [TestCaseSource(nameof(shapes))]
    public void Inference_in_place_equals_training_with_everything_kept(TransformerShape shape)
    {
        float[] input = Values.Random(Batch * Tokens * shape.Width, 2);
        float[] heads = Values.Random(shape.Heads * Tokens * Tokens, 2, 5), groups = Values.Random(2 * Tokens * Tokens, 2, 6);
        float[] kept = Run(shape, input, Batch, training: true, heads, groups);
        Assert.That(Goldens.MaxDifference(Run(shape, input, Batch, training: false, heads, groups), kept), Is.LessThan(1e-5));

        // Sequences do not see each other, and take the biases of their groups in turn.
        int one = Tokens * shape.Width;
        for (int i = 0; i < Batch; i++)
        {
            float[] alone = Run(shape, input[(i * one)..((i + 1) * one)], 1, training: false, heads, groups[(i % 2 * Tokens * Tokens)..][..(Tokens * Tokens)]);
            Assert.That(Goldens.MaxDifference(alone, kept.AsSpan(i * one, one)), Is.LessThan(1e-5), $"sequence {i}");
        }
    }

    [TestCaseSource(nameof(shapes))]
    public void A_block_is_its_sublayers_one_after_the_other(TransformerShape shape)
    {
        ParameterSet p = Parameters(shape);
        var block = new TransformerBlock(p, "b", shape);
        float[] x = Values.Random(Tokens * shape.Width, 2);
        float[] actual = Run(shape, x, 1, training: false, [], []);

        float[] attended = Attend(block, shape.PostNorm ? x : Norm(block.Norm1, x, shape), shape);
        float[] sum = Add(x, attended);
        float[] middle = shape.PostNorm ? Norm(block.Norm1, sum, shape) : sum;
        float[] hidden = Multiply(block.Expand, shape.PostNorm ? middle : Norm(block.Norm2, middle, shape), Tokens);
        if (shape.Activation == Activation.Gelu)
        {
            Scalar.GeluForward([.. hidden], hidden);
        }
        else
        {
            Scalar.QuickGeluForward([.. hidden], hidden);
        }
        float[] expected = Add(middle, Multiply(block.Contract, hidden, Tokens));
        expected = shape.PostNorm ? Norm(block.Norm2, expected, shape) : expected;
        Assert.That(Goldens.MaxDifference(actual, expected), Is.LessThan(2e-5));
    }

    [Test]
    public void Biases_of_another_shape_are_refused()
    {
        float[] input = new float[Batch * Tokens * clip.Width];
        Assert.That(() => Run(clip, input, Batch, false, new float[7], []), Throws.ArgumentException.With.Message.Contains("2 x 5 x 5"));
        Assert.That(() => Run(clip, input, Batch, true, [], new float[26]), Throws.ArgumentException.With.Message.Contains("5 x 5"));
    }

    [Test]
    public void What_cannot_be_split_or_has_no_width_is_refused()
    {
        ParameterSet none = new([]);
        Assert.That(() => new Transformer(none, "t", clip with { Heads = 4 }), Throws.ArgumentException.With.Message.Contains("4 heads"));
        Assert.That(() => new Transformer(none, "t", clip with { Hidden = -1 }), Throws.ArgumentException.With.Message.Contains("-1"));
    }

    [Test]
    public void Other_blocks_than_CLIPs_are_not_trained()
    {
        foreach (TransformerShape shape in shapes)
        {
            var weights = new ParameterSet([.. Transformer.Layout("t", shape)]);
            var transformer = new Transformer(weights, "t", shape);
            if (shape.PostNorm || shape.Activation == Activation.Gelu)
            {
                Assert.That(() => new TransformerBackward(transformer, transformer, 1, 1), Throws.ArgumentException.With.Message.Contains("QuickGELU"));
            }
            else
            {
                Assert.That(() => new TransformerBackward(transformer, transformer, 1, 1), Throws.Nothing);
            }
        }
    }

    private static float[] Run(TransformerShape shape, float[] input, int batch, bool training, float[] heads, float[] groups)
    {
        var block = new TransformerBlock(Parameters(shape), "b", shape);
        BlockBuffers? b = null;
        Arena.Plan(arena =>
        {
            Memory<float> stream = arena.Take(Batch, Tokens, shape.Width), next = arena.Take(Batch, Tokens, shape.Width);
            b = training
                ? BlockBuffers.ForTraining(arena, shape, Batch, Tokens, stream, next)
                : BlockBuffers.ForInference(arena, shape, Batch, Tokens, stream);
        });
        input.CopyTo(b!.Input);
        block.Forward(b, batch, Tokens, training, new AttentionBias(heads, groups));
        return b.Output.Span[..input.Length].ToArray();
    }

    private static ParameterSet Parameters(TransformerShape shape)
    {
        var set = new ParameterSet([.. TransformerBlock.Layout("b", shape)]);
        Values.Random(set.Values.Length, 1).CopyTo(set.Values);
        return set;
    }

    private static float[] Norm(Norm norm, float[] x, TransformerShape shape)
    {
        float[] y = new float[x.Length], mean = new float[Tokens], rstd = new float[Tokens];
        Scalar.LayerNormForward(x, norm.Gain.Span, norm.Bias.Span, y, mean, rstd, Tokens, shape.Width, shape.Epsilon);
        return y;
    }

    private static float[] Attend(TransformerBlock block, float[] x, TransformerShape shape)
    {
        float[] qkv = Multiply(block.Qkv, x, Tokens), p = new float[shape.Heads * Tokens * Tokens], y = new float[x.Length];
        Scalar.AttentionForward(qkv, p, y, 1, Tokens, shape.Heads, shape.HeadWidth, shape.Causal);
        return Multiply(block.Out, y, Tokens);
    }

    private static float[] Multiply(Linear layer, float[] x, int rows)
    {
        float[] y = new float[rows * layer.Outputs];
        Scalar.Gemm(x, layer.Inputs, false, layer.Weight.Span, layer.Inputs, true, y, layer.Outputs, rows, layer.Outputs, layer.Inputs, 0);
        return [.. y.Select((v, i) => v + layer.Bias.Span[i % layer.Outputs])];
    }

    private static float[] Add(float[] a, float[] b) => [.. a.Select((v, i) => v + b[i])];
}
