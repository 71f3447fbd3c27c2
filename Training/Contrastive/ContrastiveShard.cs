using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Contrastive;

/// <summary>One part of every batch: its inputs, their vectors, the frozen vectors they are to meet, and the way back; pass by pass.</summary>
internal sealed class ContrastiveShard
{
    private readonly IPairSource pairs;
    private readonly ContrastiveOptions options;
    private readonly AudioTower tower;
    private readonly AudioTowerBackward backward;
    private readonly int batch, inputSize;
    private readonly float[] inputs;
    private readonly Passes passes;
    private int inBuffers = -1; // the pass whose activations are there

    /// <param name="pairs">Inputs and frozen vectors.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="tower">The weights, shared.</param>
    /// <param name="batch">Items of this part.</param>
    /// <param name="sets">Sets of target vectors: one for each loss.</param>
    public ContrastiveShard(IPairSource pairs, ContrastiveOptions options, AudioTower tower, int batch, int sets)
    {
        (this.pairs, this.options, this.tower, this.batch) = (pairs, options, tower, batch);
        AudioTowerShape shape = tower.Shape;
        passes = new Passes(batch, options.Accumulate);
        inputSize = shape.Frames * shape.Bins * (shape.Stem == StemKind.Patch ? shape.Channels : 1);
        Gradients = tower.Parameters.ZerosLike();
        Buffers = new AudioTowerBuffers(tower, passes.Largest, shape.Frames, training: true);
        backward = new AudioTowerBackward(tower, Gradients, passes.Largest, shape.Frames);
        inputs = new float[passes.Largest * inputSize];                         // [rows of a pass, frames, bins, channels]
        Vectors = new float[batch * shape.Embedding];                           // [batch, width], z
        VectorGradients = new float[batch * shape.Embedding];                   // [batch, width]
        Targets = [.. Enumerable.Range(0, sets).Select(_ => new float[batch * shape.Embedding])]; // [batch, width] each
        Chosen = new int[batch];
    }

    public ParameterSet Gradients { get; }

    public int Passes => passes.Count;

    /// <summary>Of the last pass that was computed.</summary>
    public AudioTowerBuffers Buffers { get; }

    public float[] Vectors { get; }

    public float[] VectorGradients { get; }

    public float[][] Targets { get; }

    /// <summary>The frame that each item was matched with; -1 where all were, or none.</summary>
    public int[] Chosen { get; }

    /// <summary>Vectors of all passes, and targets.</summary>
    /// <param name="items">Of this part.</param>
    /// <param name="step">Decides, with the seed, about all draws.</param>
    /// <param name="nearest">Whether frames are chosen by cosine now.</param>
    public void Forward(ReadOnlySpan<int> items, long step, bool nearest)
    {
        int width = tower.Shape.Embedding;
        for (int pass = 0; pass < passes.Count; pass++)
        {
            Embed(pass, items, step);
        }
        for (int i = 0; i < batch; i++)
        {
            var random = new SampleRandom(options.Seed + (ulong)step, (ulong)items[i]);
            ReadOnlySpan<float> frames = pairs.Frames(items[i]), captions = pairs.Captions(items[i]);
            int text = Targets.Length - 1; // the captions' set is the last
            Chosen[i] = -1;
            if (options.ImageWeight > 0 && options.Frames == FrameRule.Multi)
            {
                for (int f = 0; f < pairs.FrameCount; f++)
                {
                    Take(frames, f, Targets[f], i);
                }
            }
            else if (options.ImageWeight > 0)
            {
                Chosen[i] = nearest ? FrameChoice.Nearest(Vectors.AsSpan(i * width, width), frames) : random.Below(pairs.FrameCount);
                Take(frames, Chosen[i], Targets[0], i);
            }
            if (options.TextWeight > 0)
            {
                Take(captions, random.Below(captions.Length / width), Targets[text], i);
            }
        }
    }

    /// <summary>From one pass's <see cref="VectorGradients"/> to all parameters, whose gradients are added to.</summary>
    /// <param name="pass">Best the last one first: its activations need not be computed again.</param>
    /// <param name="items">As in <see cref="Forward"/>.</param>
    /// <param name="step">Likewise.</param>
    public void Backward(int pass, ReadOnlySpan<int> items, long step)
    {
        if (inBuffers != pass)
        {
            Embed(pass, items, step);
        }
        (int first, int count) = passes[pass];
        int width = tower.Shape.Embedding;
        Span<float> d = VectorGradients.AsSpan(first * width, count * width);   // [rows of the pass, width]
        UnitLengthBackward.Run(d, Buffers.Embeddings.Span, d, count, width);
        backward.Run(inputs.AsSpan(0, count * inputSize), Buffers, d);
        inBuffers = -1; // the weights are about to change
    }

    /// <summary>Inputs and vectors of one pass. The same items and step give the same inputs, so they are not kept but made again.</summary>
    private void Embed(int pass, ReadOnlySpan<int> items, long step)
    {
        (int first, int count) = passes[pass];
        int frames = tower.Shape.Frames, width = tower.Shape.Embedding;
        for (int i = 0; i < count; i++)
        {
            pairs.Fill(items[first + i], (ulong)step, inputs.AsSpan(i * inputSize, inputSize));
        }
        tower.Forward(inputs.AsSpan(0, count * inputSize), count, frames, Buffers);
        UnitLength.Forward(Buffers.Embeddings.Span, Vectors.AsSpan(first * width), count, width);
        inBuffers = pass;
    }

    private void Take(ReadOnlySpan<float> vectors, int index, float[] target, int row)
    {
        int width = tower.Shape.Embedding;
        vectors.Slice(index * width, width).CopyTo(target.AsSpan(row * width));
    }
}
