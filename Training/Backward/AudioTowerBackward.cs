using System.Numerics.Tensors;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="AudioTower"/>. One per thread: it owns its scratch memory.</summary>
public sealed class AudioTowerBackward
{
    private readonly AudioTower tower;
    private readonly AudioTower gradients;
    private readonly StemBackward stem;
    private readonly TransformerBackward transformer;
    private readonly float[] stream;     // [batch * tokens, width]
    private readonly float[] assembled;  // [batch * tokens, width]
    private readonly float[] patches;    // [batch * rows * columns, width]
    private readonly float[] normal;     // [batch, width]
    private readonly float[] pooled;     // [batch, width]

    /// <param name="tower">The weights.</param>
    /// <param name="gradients">Of the same layout (<see cref="ParameterSet.ZerosLike"/>); added to, so the caller clears them.</param>
    /// <param name="maxBatch">Clips.</param>
    /// <param name="maxFrames">Frames of each.</param>
    public AudioTowerBackward(AudioTower tower, ParameterSet gradients, int maxBatch, int maxFrames)
    {
        AudioTowerShape s = tower.Shape;
        this.tower = tower;
        this.gradients = new AudioTower(gradients, s);
        int tokens = s.Tokens(maxFrames), rows = maxBatch * tokens;
        stem = StemBackward.Of(tower.Stem, this.gradients.Stem, s, maxBatch, maxFrames);
        transformer = new TransformerBackward(tower.Transformer, this.gradients.Transformer, maxBatch, tokens);
        stream = new float[rows * s.Width];
        assembled = new float[rows * s.Width];
        patches = new float[rows * s.Width];
        normal = new float[maxBatch * s.Width];
        pooled = new float[maxBatch * s.Width];
    }

    /// <summary>Adds the gradients of every trained parameter; with a stem that runs as in inference, of blocks and what comes after them only.</summary>
    /// <param name="input">As in the forward pass.</param>
    /// <param name="b">As the forward pass left them; planned for training.</param>
    /// <param name="dEmbeddings">[batch, embedding], gradient of b.Embeddings.</param>
    /// <param name="dNormal">[batch, width], gradient that side heads give b.Normal, or empty.</param>
    /// <param name="firstBlock">Blocks before it are frozen: with a stem that runs as in inference, the way back ends here.</param>
    public void Run(ReadOnlySpan<float> input, AudioTowerBuffers b, ReadOnlySpan<float> dEmbeddings, ReadOnlySpan<float> dNormal = default, int firstBlock = 0)
    {
        if (firstBlock != 0 && b.Stem.Training)
        {
            throw new ArgumentException("Frozen blocks below the trained ones go with a stem that is not trained.", nameof(firstBlock));
        }
        AudioTowerShape s = tower.Shape;
        int width = s.Width, batch = b.Batch, tokens = s.Tokens(b.Frames), rows = batch * tokens;
        Span<float> dx = stream.AsSpan(0, rows * width);              // [batch * tokens, width]
        Span<float> dassembled = assembled.AsSpan(0, rows * width);   // [batch * tokens, width]
        Span<float> dnormal = normal.AsSpan(0, batch * width);        // [batch, width]
        Span<float> dpooled = pooled.AsSpan(0, batch * width);        // [batch, width]
        dpooled.Clear();
        dassembled.Clear();

        LinearBackward.Run(tower.Projection, gradients.Projection, dEmbeddings, b.Normal.Span[..(batch * width)], dnormal, batch);
        if (!dNormal.IsEmpty)
        {
            TensorPrimitives.Add(dnormal, dNormal, dnormal);
        }
        NormBackward.Run(tower.NormPost, gradients.NormPost, dnormal, b.Pooled.Span, b.MeanPost.Span, b.RstdPost.Span, dpooled, batch);
        PoolBackward(dpooled, dx, batch, tokens);
        transformer.Run(b.Transformer, dx, batch, tokens, firstBlock);
        if (!b.Stem.Training)
        {
            return;
        }
        NormBackward.Run(tower.NormPre, gradients.NormPre, dx, b.Assembled.Span, b.MeanPre.Span, b.RstdPre.Span, dassembled, rows);
        int grid = tokens - s.ClassTokens;
        AssembleBackward(dassembled, patches, batch, tokens);
        stem.Run(input, b.Stem, patches.AsSpan(0, batch * grid * width), batch, b.Frames);
    }

    private void PoolBackward(ReadOnlySpan<float> dpooled, Span<float> dx, int batch, int tokens)
    {
        int width = tower.Shape.Width;
        dx.Clear();
        for (int i = 0; i < batch; i++)
        {
            ReadOnlySpan<float> d = dpooled.Slice(i * width, width);
            if (tower.Shape.Pool == Pool.Class)
            {
                d.CopyTo(dx[(i * tokens * width)..]);
                continue;
            }
            for (int t = 0; t < tokens; t++)
            {
                TensorPrimitives.Multiply(d, 1f / tokens, dx.Slice((i * tokens + t) * width, width));
            }
        }
    }

    private void AssembleBackward(ReadOnlySpan<float> d, Span<float> dpatches, int batch, int tokens)
    {
        int width = tower.Shape.Width, first = tower.Shape.ClassTokens, grid = (tokens - first) * width;
        Span<float> dpositions = gradients.Positions.Span[..(tokens * width)], dclass = gradients.ClassEmbedding.Span;
        for (int i = 0; i < batch; i++)
        {
            ReadOnlySpan<float> clip = d.Slice(i * tokens * width, tokens * width);
            TensorPrimitives.Add(dpositions, clip, dpositions);
            if (first == 1)
            {
                TensorPrimitives.Add(dclass, clip[..width], dclass);
            }
            clip[(first * width)..].CopyTo(dpatches.Slice(i * grid, grid));
        }
    }
}
