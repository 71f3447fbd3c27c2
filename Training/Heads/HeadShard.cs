using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Heads;

/// <summary>One part of every batch through tower and head, and back as far as anything is trained; pass by pass.</summary>
internal sealed class HeadShard
{
    private readonly HeadOptions options;
    private readonly SoundClassifier classifier;
    private readonly ILabelledSounds sounds;
    private readonly AudioTower tower;
    private readonly AudioTowerBackward backward;
    private readonly Linear headGradients;
    private readonly int inputSize, firstBlock;
    private readonly Passes passes;
    private readonly float[] inputs, targets, logits, dlogits, dfeatures, dembeddings;

    public HeadShard(HeadOptions options, SoundClassifier classifier, ILabelledSounds sounds, int batch)
    {
        (this.options, this.classifier, this.sounds) = (options, classifier, sounds);
        passes = new Passes(batch, options.Accumulate);
        int rows = passes.Largest;
        tower = options.Precision.Over(classifier.Tower);
        AudioTowerShape shape = tower.Shape;
        int classes = classifier.Head.Outputs;
        bool whole = options.Scope == HeadScope.All;
        firstBlock = whole ? 0 : shape.Layers - options.Blocks;
        inputSize = shape.Frames * shape.Bins;
        TowerGradients = tower.Parameters.ZerosLike();
        HeadGradients = classifier.Parameters.ZerosLike();
        headGradients = classifier.Over(HeadGradients);
        Buffers = new AudioTowerBuffers(tower, rows, shape.Frames, training: true, trainStem: whole);
        backward = new AudioTowerBackward(tower, TowerGradients, rows, shape.Frames);
        inputs = new float[rows * inputSize];                 // [rows of a pass, frames, bins]
        targets = new float[rows * classes];                  // [rows, classes]
        logits = new float[rows * classes];                   // [rows, classes]
        dlogits = new float[rows * classes];                  // [rows, classes]
        dfeatures = new float[rows * classifier.Width];       // [rows, width that the head reads]
        dembeddings = new float[rows * shape.Embedding];      // [rows, embedding]; stays 0 where the head reads what comes before
    }

    public ParameterSet TowerGradients { get; }

    public ParameterSet HeadGradients { get; }

    public int Passes => passes.Count;

    /// <summary>Of the last pass that was computed.</summary>
    public AudioTowerBuffers Buffers { get; }

    /// <summary>This part's share of the batch's mean loss.</summary>
    public double Loss { get; private set; }

    /// <summary>Everything from a pass's inputs to gradients, which are added up from the first pass on, as is the loss.</summary>
    /// <param name="pass">Number of the pass.</param>
    /// <param name="items">Of this part.</param>
    /// <param name="draw">Number of the step's draw.</param>
    /// <param name="batchTotal">Items of all parts together, which the loss is a mean over.</param>
    public void Run(int pass, ReadOnlySpan<int> items, ulong draw, int batchTotal)
    {
        (int first, int rows) = passes[pass];
        int classes = classifier.Head.Outputs;
        for (int i = 0; i < rows; i++)
        {
            sounds.Draw(items[first + i], draw, inputs.AsSpan(i * inputSize, inputSize));
            sounds.Target(items[first + i]).CopyTo(targets.AsSpan(i * classes));
        }
        if (pass == 0)
        {
            TowerGradients.Values.Clear();
            HeadGradients.Values.Clear();
            Loss = 0;
        }
        ReadOnlySpan<float> input = inputs.AsSpan(0, rows * inputSize);         // [rows, frames, bins]
        tower.Forward(input, rows, tower.Shape.Frames, Buffers);
        ReadOnlySpan<float> features = classifier.Features(Buffers, rows);      // [rows, width that the head reads]
        classifier.Head.Forward(features, logits, rows, training: true);
        Span<float> d = dlogits.AsSpan(0, rows * classes);                      // [rows, classes]
        Loss += Measure(options.Loss, logits.AsSpan(0, rows * classes), targets.AsSpan(0, rows * classes), d, rows, 1f / batchTotal);
        bool pooled = classifier.Input == HeadInput.Pooled;
        Span<float> dinput = pooled ? dfeatures.AsSpan(0, rows * classifier.Width) : dembeddings;
        LinearBackward.Run(classifier.Head, headGradients, d, features, dinput, rows);
        backward.Run(input, Buffers, dembeddings, pooled ? dinput : default, firstBlock);
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
