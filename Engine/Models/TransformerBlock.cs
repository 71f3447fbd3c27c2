using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// A residual attention block: CLIP's (pre-LN) x + attn(ln_1 x), then x + mlp(ln_2 x), or BERT's (post-LN) ln_1(x + attn x),
/// then ln_2(x + mlp x).
/// Over a set of gradients instead of weights, the same object names where each gradient goes.
/// </summary>
public sealed class TransformerBlock
{
    private readonly TransformerShape shape;

    /// <param name="parameters">Holds the names of <see cref="Layout"/>.</param>
    /// <param name="prefix">For example "encoder.resblocks.0".</param>
    /// <param name="shape">Sizes.</param>
    public TransformerBlock(ParameterSet parameters, string prefix, TransformerShape shape)
    {
        this.shape = shape;
        int width = shape.Width, hidden = shape.Hidden;
        Norm1 = new Norm(parameters, $"{prefix}.ln_1", width, shape.Epsilon);
        Qkv = new Linear(parameters, $"{prefix}.attn.in_proj_weight", $"{prefix}.attn.in_proj_bias", 3 * width, width);
        Out = new Linear(parameters, $"{prefix}.attn.out_proj.weight", $"{prefix}.attn.out_proj.bias", width, width);
        Norm2 = new Norm(parameters, $"{prefix}.ln_2", width, shape.Epsilon);
        Expand = new Linear(parameters, $"{prefix}.mlp.c_fc.weight", $"{prefix}.mlp.c_fc.bias", hidden, width);
        Contract = new Linear(parameters, $"{prefix}.mlp.c_proj.weight", $"{prefix}.mlp.c_proj.bias", width, hidden);
    }

    public Norm Norm1 { get; }

    /// <summary>attn.in_proj: q, k, v one above the other.</summary>
    public Linear Qkv { get; }

    public Linear Out { get; }

    public Norm Norm2 { get; }

    /// <summary>mlp.c_fc.</summary>
    public Linear Expand { get; }

    /// <summary>mlp.c_proj.</summary>
    public Linear Contract { get; }

    public static IEnumerable<ParameterShape> Layout(string prefix, TransformerShape s) =>
    [
        new($"{prefix}.attn.in_proj_weight", [3 * s.Width, s.Width]) { Deferred = true },
        new($"{prefix}.attn.in_proj_bias", [3 * s.Width]),
        new($"{prefix}.attn.out_proj.weight", [s.Width, s.Width]) { Deferred = true },
        new($"{prefix}.attn.out_proj.bias", [s.Width]),
        .. Norm.Layout($"{prefix}.ln_1", s.Width),
        new($"{prefix}.mlp.c_fc.weight", [s.Hidden, s.Width]) { Deferred = true },
        new($"{prefix}.mlp.c_fc.bias", [s.Hidden]),
        new($"{prefix}.mlp.c_proj.weight", [s.Width, s.Hidden]) { Deferred = true },
        new($"{prefix}.mlp.c_proj.bias", [s.Width]),
        .. Norm.Layout($"{prefix}.ln_2", s.Width),
    ];

    /// <summary>b.Input to b.Output, [batch * tokens, width].</summary>
    /// <param name="b">Large enough.</param>
    /// <param name="batch">Sequences.</param>
    /// <param name="tokens">Tokens of each.</param>
    /// <param name="training">Whether b keeps everything.</param>
    /// <param name="bias">Added to the scores of attention.</param>
    public void Forward(BlockBuffers b, int batch, int tokens, bool training, AttentionBias bias = default)
    {
        int rows = batch * tokens, width = shape.Width, hidden = shape.Hidden;
        Span<float> input = b.Input.Span[..(rows * width)];            // [rows, width]
        Span<float> normal1 = b.Normal1.Span[..(rows * width)];        // [rows, width]
        Span<float> qkv = b.Qkv.Span[..(rows * 3 * width)];            // [rows, 3 width]
        Span<float> attended = b.Attended.Span[..(rows * width)];      // [rows, width]
        Span<float> middle = b.Middle.Span[..(rows * width)];          // [rows, width]
        Span<float> normal2 = b.Normal2.Span[..(rows * width)];        // [rows, width]
        Span<float> expanded = b.Hidden.Span[..(rows * hidden)];       // [rows, hidden]
        Span<float> activated = b.Activated.Span[..(rows * hidden)];   // [rows, hidden]
        Span<float> output = b.Output.Span[..(rows * width)];          // [rows, width]
        Span<float> mean1 = b.Mean1.Span[..rows], rstd1 = b.Rstd1.Span[..rows];
        Span<float> mean2 = b.Mean2.Span[..rows], rstd2 = b.Rstd2.Span[..rows];

        if (shape.PostNorm)
        {
            Qkv.Forward(input, qkv, rows, training);
            Attend(qkv, b.Probabilities.Span, attended, batch, tokens, training, bias);
            Copy(input, middle);
            Out.Forward(attended, middle, rows, training, beta: 1);
            Norm1.Forward(middle, middle, mean1, rstd1, rows);
            Expand.Forward(middle, expanded, rows, training);
            Activate(expanded, activated);
            Copy(middle, output);
            Contract.Forward(activated, output, rows, training, beta: 1);
            Norm2.Forward(output, output, mean2, rstd2, rows);
            return;
        }
        Norm1.Forward(input, normal1, mean1, rstd1, rows);
        Qkv.Forward(normal1, qkv, rows, training);
        Attend(qkv, b.Probabilities.Span, attended, batch, tokens, training, bias);
        Copy(input, middle);
        Out.Forward(attended, middle, rows, training, beta: 1);
        Norm2.Forward(middle, normal2, mean2, rstd2, rows);
        Expand.Forward(normal2, expanded, rows, training);
        Activate(expanded, activated);
        Copy(middle, output);
        Contract.Forward(activated, output, rows, training, beta: 1);
    }

    private void Activate(ReadOnlySpan<float> expanded, Span<float> activated)
    {
        switch (shape.Activation)
        {
            case Activation.QuickGelu:
                QuickGelu.Forward(expanded, activated);
                break;
            case Activation.Gelu:
                Gelu.Forward(expanded, activated);
                break;
            default:
                throw new InvalidOperationException($"There is no activation {shape.Activation}.");
        }
    }

    private void Attend(
        ReadOnlySpan<float> qkv, Span<float> probabilities, Span<float> attended, int batch, int tokens, bool training, AttentionBias bias)
    {
        if (training)
        {
            Attention.Forward(qkv, probabilities, attended, batch, tokens, shape.Heads, shape.HeadWidth, shape.Causal, bias);
        }
        else
        {
            Attention.Forward(qkv, attended, batch, tokens, shape.Heads, shape.HeadWidth, shape.Causal, bias);
        }
    }

    private static void Copy(ReadOnlySpan<float> from, Span<float> to)
    {
        if (from != to)
        {
            from.CopyTo(to);
        }
    }
}
