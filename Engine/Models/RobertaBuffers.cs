namespace SoundSearch.Engine.Models;

/// <summary>Activations of a RoBERTa tower for up to a batch of rows of up to so many tokens. Not shared between threads.</summary>
public sealed class RobertaBuffers
{
    /// <param name="shape">Of the tower.</param>
    /// <param name="maxBatch">Rows.</param>
    /// <param name="maxTokens">Tokens of a row.</param>
    /// <param name="training">Keep every layer's activations.</param>
    public RobertaBuffers(RobertaShape shape, int maxBatch, int maxTokens, bool training) => Arena.Plan(arena =>
    {
        Transformer = new TransformerBuffers(arena, shape.Transformer, maxBatch, maxTokens, training);
        Mean = arena.Take(maxBatch, maxTokens);
        Rstd = arena.Take(maxBatch, maxTokens);
        First = arena.Take(maxBatch, shape.Width);
        Pooled = arena.Take(maxBatch, shape.Width);
        Hidden = arena.Take(maxBatch, shape.Embedding);
        Embeddings = arena.Take(maxBatch, shape.Embedding);
    });

    public TransformerBuffers Transformer { get; private set; } = null!;

    public Memory<float> Mean { get; private set; }      // [batch * tokens] of ln_embedding
    public Memory<float> Rstd { get; private set; }      // [batch * tokens]
    public Memory<float> First { get; private set; }     // [batch, width] last block's output at the start tokens
    public Memory<float> Pooled { get; private set; }    // [batch, width] after the pooler's tanh
    public Memory<float> Hidden { get; private set; }    // [batch, embedding] after the projection's relu

    /// <summary>[batch, embedding], the result; not normalised.</summary>
    public Memory<float> Embeddings { get; private set; }
}
