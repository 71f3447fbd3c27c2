namespace SoundSearch.Engine.Models;

/// <summary>Activations of all blocks for up to a batch of sequences of up to so many tokens each.</summary>
public sealed class TransformerBuffers
{
    private readonly BlockBuffers[] blocks;

    internal TransformerBuffers(Arena arena, TransformerShape shape, int maxBatch, int maxTokens, bool training)
    {
        (MaxBatch, MaxTokens, Training) = (maxBatch, maxTokens, training);
        blocks = new BlockBuffers[shape.Layers];
        Memory<float> stream = arena.Take(maxBatch, maxTokens, shape.Width);
        Input = stream;
        for (int l = 0; l < blocks.Length; l++)
        {
            if (training)
            {
                Memory<float> next = arena.Take(maxBatch, maxTokens, shape.Width);
                blocks[l] = BlockBuffers.ForTraining(arena, shape, maxBatch, maxTokens, stream, next);
                stream = next;
            }
            else
            {
                blocks[l] = l == 0 ? BlockBuffers.ForInference(arena, shape, maxBatch, maxTokens, stream) : blocks[0];
            }
        }
        Output = stream;
    }

    public int MaxBatch { get; }

    public int MaxTokens { get; }

    /// <summary>Everything is kept for the backward pass, and weights are read unpacked.</summary>
    public bool Training { get; }

    /// <summary>[batch * tokens, width], the tokens that enter the first block.</summary>
    public Memory<float> Input { get; }

    /// <summary>[batch * tokens, width], after the last block; the same memory as <see cref="Input"/> in inference.</summary>
    public Memory<float> Output { get; }

    public IReadOnlyList<BlockBuffers> Blocks => blocks;

    internal void Check(int batch, int tokens)
    {
        if (batch < 0 || batch > MaxBatch || tokens < 1 || tokens > MaxTokens)
        {
            throw new ArgumentException($"The buffers hold {MaxBatch} sequences of {MaxTokens} tokens; asked for {batch} of {tokens}.");
        }
    }
}
