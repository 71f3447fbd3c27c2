using System.Numerics.Tensors;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="TextTower"/>. One per thread: it owns its scratch memory.</summary>
public sealed class TextTowerBackward
{
    private readonly TextTower tower;
    private readonly TextTower gradients;
    private readonly TransformerBackward transformer;
    private readonly float[] stream;   // [batch * tokens, width]
    private readonly float[] normal;   // [batch, width]
    private readonly float[] last;     // [batch, width]

    /// <param name="tower">The weights.</param>
    /// <param name="gradients">Of the same layout (<see cref="ParameterSet.ZerosLike"/>); added to, so the caller clears them.</param>
    /// <param name="maxBatch">Rows.</param>
    /// <param name="maxTokens">Tokens of a row.</param>
    public TextTowerBackward(TextTower tower, ParameterSet gradients, int maxBatch, int maxTokens)
    {
        this.tower = tower;
        this.gradients = new TextTower(gradients, tower.Shape);
        transformer = new TransformerBackward(tower.Transformer, this.gradients.Transformer, maxBatch, maxTokens);
        stream = new float[maxBatch * maxTokens * tower.Shape.Width];
        normal = new float[maxBatch * tower.Shape.Width];
        last = new float[maxBatch * tower.Shape.Width];
    }

    /// <summary>Adds the gradients of every parameter.</summary>
    /// <param name="b">As the forward pass left them; planned for training.</param>
    /// <param name="dEmbeddings">[batch, embedding], gradient of b.Embeddings.</param>
    public void Run(TextTowerBuffers b, ReadOnlySpan<float> dEmbeddings)
    {
        int width = tower.Shape.Width, batch = b.Batch, tokens = b.Tokens;
        Span<float> dx = stream.AsSpan(0, batch * tokens * width);     // [batch * tokens, width]
        Span<float> dnormal = normal.AsSpan(0, batch * width);         // [batch, width]
        Span<float> dlast = last.AsSpan(0, batch * width);             // [batch, width]
        dx.Clear();
        dlast.Clear();

        LinearBackward.Run(tower.Projection, gradients.Projection, dEmbeddings, b.Normal.Span[..(batch * width)], dnormal, batch);
        NormBackward.Run(tower.NormFinal, gradients.NormFinal, dnormal, b.Last.Span, b.Mean.Span, b.Rstd.Span, dlast, batch);
        for (int i = 0; i < batch; i++)
        {
            dlast.Slice(i * width, width).CopyTo(dx[((i * tokens + b.Ends[i]) * width)..]);
        }
        transformer.Run(b.Transformer, dx, batch, tokens);
        for (int i = 0; i < batch; i++)
        {
            // The mask lets nothing after the end token matter, so its gradient is zero there.
            for (int t = 0; t <= b.Ends[i]; t++)
            {
                ReadOnlySpan<float> d = dx.Slice((i * tokens + t) * width, width);
                Span<float> dtoken = gradients.TokenEmbedding.Span.Slice(b.Ids[i * tokens + t] * width, width);
                Span<float> dposition = gradients.Positions.Span.Slice(t * width, width);
                TensorPrimitives.Add(dtoken, d, dtoken);
                TensorPrimitives.Add(dposition, d, dposition);
            }
        }
    }
}
