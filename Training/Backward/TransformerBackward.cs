using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="Transformer"/>; d marks gradients. One per thread: it owns its scratch memory.</summary>
public sealed class TransformerBackward
{
    private readonly Transformer transformer;
    private readonly Transformer gradients;
    private readonly float[] wide;     // [rows, hidden]: d of the MLP's hidden layer, then of q, k, v
    private readonly float[] narrow;   // [rows, width]
    private readonly float[] scratch;  // [tokens, tokens]

    /// <param name="transformer">The weights.</param>
    /// <param name="gradients">The same transformer over a set of gradients, which are added to.</param>
    /// <param name="maxBatch">Sequences.</param>
    /// <param name="maxTokens">Tokens of each.</param>
    /// <exception cref="ArgumentException">The transformer is not of CLIP's kind: others can be run, not trained.</exception>
    public TransformerBackward(Transformer transformer, Transformer gradients, int maxBatch, int maxTokens)
    {
        TransformerShape s = transformer.Shape;
        if (s.PostNorm || s.Activation != Activation.QuickGelu)
        {
            throw new ArgumentException($"Only pre-LN blocks with QuickGELU can be trained, not {s}.", nameof(transformer));
        }
        (this.transformer, this.gradients) = (transformer, gradients);
        int rows = maxBatch * maxTokens, width = s.Width;
        wide = new float[rows * Math.Max(s.Hidden, 3 * width)];
        narrow = new float[rows * width];
        scratch = new float[maxTokens * maxTokens];
    }

    /// <summary>dx [batch * tokens, width] comes in as the gradient of the output and goes out as that of block firstBlock's input.</summary>
    public void Run(TransformerBuffers buffers, Span<float> dx, int batch, int tokens, int firstBlock = 0)
    {
        if (!buffers.Training)
        {
            throw new ArgumentException("Buffers planned for inference keep no activations for the backward pass.", nameof(buffers));
        }
        for (int l = transformer.Blocks.Count - 1; l >= firstBlock; l--)
        {
            Block(transformer.Blocks[l], gradients.Blocks[l], buffers.Blocks[l], dx, batch, tokens);
        }
    }

    private void Block(TransformerBlock w, TransformerBlock d, BlockBuffers b, Span<float> dx, int batch, int tokens)
    {
        TransformerShape s = transformer.Shape;
        int rows = batch * tokens, width = s.Width, hidden = s.Hidden;
        Span<float> dhidden = wide.AsSpan(0, rows * hidden);           // [rows, hidden]
        Span<float> dqkv = wide.AsSpan(0, rows * 3 * width);           // [rows, 3 width]
        Span<float> dnarrow = narrow.AsSpan(0, rows * width);          // [rows, width]

        // output = middle + mlp(ln_2 middle)
        LinearBackward.Run(w.Contract, d.Contract, dx, b.Activated.Span[..(rows * hidden)], dhidden, rows);
        QuickGelu.Backward(dhidden, b.Hidden.Span[..(rows * hidden)], dhidden);
        LinearBackward.Run(w.Expand, d.Expand, dhidden, b.Normal2.Span[..(rows * width)], dnarrow, rows);
        NormBackward.Run(w.Norm2, d.Norm2, dnarrow, b.Middle.Span, b.Mean2.Span, b.Rstd2.Span, dx, rows);

        // middle = input + attention(ln_1 input)
        LinearBackward.Run(w.Out, d.Out, dx, b.Attended.Span[..(rows * width)], dnarrow, rows);
        Attention.Backward(
            dnarrow, b.Qkv.Span[..(rows * 3 * width)], b.Probabilities.Span[..(rows * s.Heads * tokens)], dqkv,
            scratch, batch, tokens, s.Heads, s.HeadWidth);
        LinearBackward.Run(w.Qkv, d.Qkv, dqkv, b.Normal1.Span[..(rows * width)], dnarrow, rows);
        NormBackward.Run(w.Norm1, d.Norm1, dnarrow, b.Input.Span, b.Mean1.Span, b.Rstd1.Span, dx, rows);
    }
}
