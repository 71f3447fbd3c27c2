using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;

namespace SoundSearch.Training.Heads;

/// <summary>One part of every batch through tower and head, and back as far as anything is trained.</summary>
internal sealed class HeadShard
{
    private readonly HeadOptions options;
    private readonly SoundClassifier classifier;
    private readonly ILabelledSounds sounds;
    private readonly AudioTowerBackward backward;
    private readonly Linear headGradients;
    private readonly int batch, inputSize, firstBlock;
    private readonly float[] inputs, targets, logits, dlogits, dfeatures, dembeddings;

    public HeadShard(HeadOptions options, SoundClassifier classifier, ILabelledSounds sounds, int batch)
    {
        (this.options, this.classifier, this.sounds, this.batch) = (options, classifier, sounds, batch);
        AudioTowerShape shape = classifier.Tower.Shape;
        int classes = classifier.Head.Outputs;
        bool whole = options.Scope == HeadScope.All;
        firstBlock = whole ? 0 : shape.Layers - options.Blocks;
        inputSize = shape.Frames * shape.Bins;
        TowerGradients = classifier.Tower.Parameters.ZerosLike();
        HeadGradients = classifier.Parameters.ZerosLike();
        headGradients = classifier.Over(HeadGradients);
        Buffers = new AudioTowerBuffers(classifier.Tower, batch, shape.Frames, training: true, trainStem: whole);
        backward = new AudioTowerBackward(classifier.Tower, TowerGradients, batch, shape.Frames);
        inputs = new float[batch * inputSize];                // [batch, frames, bins]
        targets = new float[batch * classes];                 // [batch, classes]
        logits = new float[batch * classes];                  // [batch, classes]
        dlogits = new float[batch * classes];                 // [batch, classes]
        dfeatures = new float[batch * classifier.Width];      // [batch, width that the head reads]
        dembeddings = new float[batch * shape.Embedding];     // [batch, embedding]; stays 0 where the head reads what comes before
    }

    public ParameterSet TowerGradients { get; }

    public ParameterSet HeadGradients { get; }

    public AudioTowerBuffers Buffers { get; }

    /// <summary>This part's share of the batch's mean loss.</summary>
    public double Loss { get; private set; }

    /// <summary>Everything from inputs to gradients.</summary>
    /// <param name="items">Of this part.</param>
    /// <param name="draw">Number of the step's draw.</param>
    /// <param name="batchTotal">Items of all parts together, which the loss is a mean over.</param>
    public void Run(ReadOnlySpan<int> items, ulong draw, int batchTotal)
    {
        for (int i = 0; i < batch; i++)
        {
            sounds.Draw(items[i], draw, inputs.AsSpan(i * inputSize, inputSize));
            sounds.Target(items[i]).CopyTo(targets.AsSpan(i * classifier.Head.Outputs));
        }
        TowerGradients.Values.Clear();
        HeadGradients.Values.Clear();
        AudioTower tower = classifier.Tower;
        tower.Forward(inputs, batch, tower.Shape.Frames, Buffers);
        ReadOnlySpan<float> features = classifier.Features(Buffers, batch);
        classifier.Head.Forward(features, logits, batch, training: true);
        Loss = Measure(options.Loss, logits, targets, dlogits, batch, 1f / batchTotal);
        bool pooled = classifier.Input == HeadInput.Pooled;
        LinearBackward.Run(classifier.Head, headGradients, dlogits, features, pooled ? dfeatures : dembeddings, batch);
        backward.Run(inputs, Buffers, dembeddings, pooled ? dfeatures : default, firstBlock);
    }

    /// <summary>The loss of rows [rows, classes] and its gradient.</summary>
    public static double Measure(HeadLoss loss, ReadOnlySpan<float> logits, ReadOnlySpan<float> targets, Span<float> dlogits, int rows, float weight)
    {
        if (loss == HeadLoss.Softmax)
        {
            return CrossEntropy.Forward(logits, targets, dlogits, rows, logits.Length / rows, weight);
        }
        dlogits.Clear();
        return BinaryCrossEntropy.Forward(logits, targets, dlogits, weight);
    }
}
