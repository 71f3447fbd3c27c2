using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Contrastive;

/// <summary>One part of every batch: its inputs, their vectors, the frozen vectors they are to meet, and the way back.</summary>
internal sealed class ContrastiveShard
{
    private readonly IPairSource pairs;
    private readonly ContrastiveOptions options;
    private readonly AudioTower tower;
    private readonly AudioTowerBackward backward;
    private readonly int batch, inputSize;
    private readonly float[] inputs;

    /// <param name="pairs">Inputs and frozen vectors.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="tower">The weights, shared.</param>
    /// <param name="batch">Items of this part.</param>
    /// <param name="sets">Sets of target vectors: one for each loss.</param>
    public ContrastiveShard(IPairSource pairs, ContrastiveOptions options, AudioTower tower, int batch, int sets)
    {
        (this.pairs, this.options, this.tower, this.batch) = (pairs, options, tower, batch);
        AudioTowerShape shape = tower.Shape;
        inputSize = shape.Frames * shape.Bins * (shape.Stem == StemKind.Patch ? shape.Channels : 1);
        Gradients = tower.Parameters.ZerosLike();
        Buffers = new AudioTowerBuffers(tower, batch, shape.Frames, training: true);
        backward = new AudioTowerBackward(tower, Gradients, batch, shape.Frames);
        inputs = new float[batch * inputSize];                                  // [batch, frames, bins, channels]
        Vectors = new float[batch * shape.Embedding];                           // [batch, width], z
        VectorGradients = new float[batch * shape.Embedding];                   // [batch, width]
        Targets = [.. Enumerable.Range(0, sets).Select(_ => new float[batch * shape.Embedding])]; // [batch, width] each
        Chosen = new int[batch];
    }

    public ParameterSet Gradients { get; }

    public AudioTowerBuffers Buffers { get; }

    public float[] Vectors { get; }

    public float[] VectorGradients { get; }

    public float[][] Targets { get; }

    /// <summary>The frame that each item was matched with; -1 where all were, or none.</summary>
    public int[] Chosen { get; }

    /// <summary>Inputs, vectors, targets.</summary>
    /// <param name="items">Of this part.</param>
    /// <param name="step">Decides, with the seed, about all draws.</param>
    /// <param name="nearest">Whether frames are chosen by cosine now.</param>
    public void Forward(ReadOnlySpan<int> items, long step, bool nearest)
    {
        AudioTowerShape shape = tower.Shape;
        int width = shape.Embedding;
        for (int i = 0; i < batch; i++)
        {
            pairs.Fill(items[i], (ulong)step, inputs.AsSpan(i * inputSize, inputSize));
        }
        tower.Forward(inputs, batch, shape.Frames, Buffers);
        UnitLength.Forward(Buffers.Embeddings.Span, Vectors, batch, width);
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
        Array.Clear(VectorGradients);
    }

    /// <summary>From <see cref="VectorGradients"/> to all parameters.</summary>
    public void Backward()
    {
        Gradients.Values.Clear();
        UnitLengthBackward.Run(VectorGradients, Buffers.Embeddings.Span, VectorGradients, batch, tower.Shape.Embedding);
        backward.Run(inputs, Buffers, VectorGradients);
    }

    private void Take(ReadOnlySpan<float> vectors, int index, float[] target, int row)
    {
        int width = tower.Shape.Embedding;
        vectors.Slice(index * width, width).CopyTo(target.AsSpan(row * width));
    }
}
