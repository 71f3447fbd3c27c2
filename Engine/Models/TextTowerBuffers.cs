namespace SoundSearch.Engine.Models;

/// <summary>Activations of a text tower for up to a batch of rows of up to so many tokens. Not shared between threads.</summary>
public sealed class TextTowerBuffers
{
    private readonly int[] ids;
    private readonly int[] ends;

    public TextTowerBuffers(TextTowerShape shape, int maxBatch, int maxTokens, bool training)
    {
        (ids, ends) = (new int[maxBatch * maxTokens], new int[maxBatch]);
        Arena.Plan(arena =>
        {
            Transformer = new TransformerBuffers(arena, shape.Transformer, maxBatch, maxTokens, training);
            Last = arena.Take(maxBatch, shape.Width);
            Normal = arena.Take(maxBatch, shape.Width);
            Mean = arena.Take(maxBatch);
            Rstd = arena.Take(maxBatch);
            Embeddings = arena.Take(maxBatch, shape.Embedding);
        });
    }

    public TransformerBuffers Transformer { get; private set; } = null!;

    public Memory<float> Last { get; private set; }        // [batch, width] residual stream at the end tokens
    public Memory<float> Normal { get; private set; }      // [batch, width] after ln_final
    public Memory<float> Mean { get; private set; }        // [batch]
    public Memory<float> Rstd { get; private set; }        // [batch]

    /// <summary>[batch, embedding], the result; not normalised.</summary>
    public Memory<float> Embeddings { get; private set; }

    /// <summary>[batch, tokens] of the last forward pass.</summary>
    public ReadOnlySpan<int> Ids => ids.AsSpan(0, Batch * Tokens);

    /// <summary>[batch], the end tokens' places in the last forward pass.</summary>
    public ReadOnlySpan<int> Ends => ends.AsSpan(0, Batch);

    /// <summary>Rows and length of a row in the last forward pass.</summary>
    public int Batch { get; private set; }

    public int Tokens { get; private set; }

    internal void Keep(ReadOnlySpan<int> newIds, ReadOnlySpan<int> newEnds, int batch, int tokens)
    {
        newIds[..(batch * tokens)].CopyTo(ids);
        newEnds[..batch].CopyTo(ends);
        (Batch, Tokens) = (batch, tokens);
    }
}
