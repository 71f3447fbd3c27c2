using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Text;

/// <summary>One shard's part of a step: its rows of the batch forward, losses, backward into gradients of its own.</summary>
internal sealed class TextShard
{
    private readonly TextTower tower;
    private readonly TextTowerBuffers buffers;
    private readonly TextTowerBackward backward;
    private readonly InBatchKl kl;
    private readonly int[] ids, ends;
    private readonly float[] unit, gradient;
    private readonly int accumulate;

    public TextShard(TextTower tower, int shardRows, int maxTokens, int batch, float temperature, int accumulate)
    {
        (this.tower, this.accumulate) = (tower, accumulate);
        int maxRows = new Passes(shardRows, accumulate).Largest;
        Gradients = tower.Parameters.ZerosLike();
        buffers = new TextTowerBuffers(tower.Shape, maxRows, maxTokens, training: true);
        backward = new TextTowerBackward(tower, Gradients, maxRows, maxTokens);
        kl = new InBatchKl(maxRows, batch, temperature);
        (ids, ends) = (new int[maxRows * maxTokens], new int[maxRows]);
        (unit, gradient) = (new float[maxRows * tower.Shape.Embedding], new float[maxRows * tower.Shape.Embedding]);
    }

    public ParameterSet Gradients { get; }

    /// <summary>Parts of the loss of the last step, this shard's share of the batch's mean.</summary>
    public double Cosine { get; private set; }

    public double Divergence { get; private set; }

    /// <summary>rows are the token ids of texts first, first + 1, ... of the batch; t [batch, embedding] the teacher's vectors of all.</summary>
    public void Step(ReadOnlySpan<int[]> rows, ReadOnlySpan<float> t, int first, int batch)
    {
        Gradients.Values.Clear();
        (Cosine, Divergence) = (0, 0);
        var passes = new Passes(rows.Length, Math.Min(accumulate, rows.Length));
        for (int pass = 0; pass < passes.Count; pass++)
        {
            (int start, int count) = passes[pass];
            Add(rows.Slice(start, count), t, first + start, batch);
        }
    }

    // Each row meets the teacher's whole batch and no other row of the student's, so passes add up.
    private void Add(ReadOnlySpan<int[]> rows, ReadOnlySpan<float> t, int first, int batch)
    {
        int tokens = 0, width = tower.Shape.Embedding, count = rows.Length;
        foreach (int[] row in rows)
        {
            tokens = Math.Max(tokens, row.Length);
        }
        for (int r = 0; r < count; r++)
        {
            Span<int> padded = ids.AsSpan(r * tokens, tokens);
            padded.Clear();
            rows[r].CopyTo(padded);
            ends[r] = rows[r].Length - 1;
        }
        tower.Forward(ids, ends, count, tokens, buffers);
        Span<float> embeddings = buffers.Embeddings.Span[..(count * width)];
        Span<float> z = unit.AsSpan(0, count * width), dz = gradient.AsSpan(0, count * width);
        UnitLength.Forward(embeddings, z, count, width);
        dz.Clear();
        Cosine += CosineLoss.Forward(z, t.Slice(first * width, count * width), dz, count, width, 3f / batch);
        Divergence += kl.Forward(z, t, dz, first, count, batch, width, 1f / batch);
        UnitLengthBackward.Run(dz, embeddings, dz, count, width);
        backward.Run(buffers, dz);
    }
}
