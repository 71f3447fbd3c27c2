namespace SoundSearch.Engine.Models;

/// <summary>Activations of an audio tower for up to a batch of clips of up to so many frames. Not shared between threads.</summary>
public sealed class AudioTowerBuffers
{
    /// <param name="tower">Whose activations they are.</param>
    /// <param name="maxBatch">Clips.</param>
    /// <param name="maxFrames">Frames of each.</param>
    /// <param name="training">Keep everything for the backward pass.</param>
    /// <param name="trainStem">False: in training, the stem still runs as in inference, with batch norm's running statistics; no gradient reaches it.</param>
    public AudioTowerBuffers(AudioTower tower, int maxBatch, int maxFrames, bool training, bool trainStem = true)
    {
        AudioTowerShape shape = tower.Shape;
        MaxFrames = maxFrames;
        Arena.Plan(arena =>
        {
            int tokens = shape.Tokens(maxFrames);
            Stem = tower.Stem.Plan(arena, maxBatch, maxFrames, training && trainStem);
            Transformer = new TransformerBuffers(arena, shape.Transformer, maxBatch, tokens, training);
            Assembled = training ? arena.Take(maxBatch, tokens, shape.Width) : Transformer.Input;
            MeanPre = arena.Take(maxBatch, tokens);
            RstdPre = arena.Take(maxBatch, tokens);
            Pooled = arena.Take(maxBatch, shape.Width);
            MeanPost = arena.Take(maxBatch);
            RstdPost = arena.Take(maxBatch);
            Normal = arena.Take(maxBatch, shape.Width);
            Embeddings = arena.Take(maxBatch, shape.Embedding);
        });
    }

    public int MaxFrames { get; }

    public StemBuffers Stem { get; private set; } = null!;

    public TransformerBuffers Transformer { get; private set; } = null!;

    public Memory<float> Assembled { get; private set; }   // [batch * tokens, width] class token and patches plus positions
    public Memory<float> MeanPre { get; private set; }     // [batch * tokens]
    public Memory<float> RstdPre { get; private set; }     // [batch * tokens]
    public Memory<float> Pooled { get; private set; }      // [batch, width]
    public Memory<float> MeanPost { get; private set; }    // [batch]
    public Memory<float> RstdPost { get; private set; }    // [batch]
    public Memory<float> Normal { get; private set; }      // [batch, width] after ln_post: what side heads may read

    /// <summary>[batch, embedding], the result; not normalised.</summary>
    public Memory<float> Embeddings { get; private set; }

    /// <summary>Clips and frames of the last forward pass.</summary>
    public int Batch { get; internal set; }

    public int Frames { get; internal set; }
}
