using System.Numerics.Tensors;
using SoundSearch.Engine;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Pocket;

/// <summary>One part of every batch: makes its samples, asks the tagger, runs the student forward, and back, pass by pass.</summary>
internal sealed class AudioShard
{
    private readonly AudioDistillationOptions options;
    private readonly int batch;
    private readonly SampleFeeder feeder;
    private readonly FeederWorkspace workspace = new();
    private readonly CaptionSource sources;
    private readonly ITextEncoder text;
    private readonly CaptionWriter captions;
    private readonly AudioTower tower;
    private readonly SideHeads heads, headGradients;
    private readonly AudioTowerBackward backward;
    private readonly SoftTargets labelLoss;
    private readonly float[] labelVectors;
    private readonly float[] mels, scores, features, targets, tags, tagged, dtags, dfeatures, dnormal, dsecond;
    private readonly SampleOrigin[] origins;
    private readonly string[] captionTexts;
    private readonly Passes passes;
    private int inBuffers = -1; // the pass whose activations are there

    public AudioShard(
        AudioDistillationOptions options, int batch, SampleFeeder feeder, CaptionSource sources, ITextEncoder text, string[] labels, float[] labelVectors,
        AudioTower tower, SideHeads heads)
    {
        (this.options, this.batch, this.feeder, this.sources, this.text, this.labelVectors, this.tower, this.heads) =
            (options, batch, feeder, sources, text, labelVectors, tower, heads);
        AudioTowerShape shape = tower.Shape;
        int width = shape.Embedding, classes = labels.Length;
        captions = new CaptionWriter(labels);
        passes = new Passes(batch, options.Accumulate);
        int rows = passes.Largest;
        TowerGradients = tower.Parameters.ZerosLike();
        HeadGradients = heads.Parameters.ZerosLike();
        headGradients = new SideHeads(HeadGradients, shape.Width, heads.Tags.Outputs, heads.Features.Outputs);
        Buffers = new AudioTowerBuffers(tower, rows, shape.Frames, training: true);
        backward = new AudioTowerBackward(tower, TowerGradients, rows, shape.Frames);
        labelLoss = new SoftTargets(labelVectors, classes, width, options.Temperature, rows);
        mels = new float[batch * shape.Frames * shape.Bins];      // [batch, frames, bins]
        scores = new float[batch * classes];                      // [batch, classes], the tagger's, after the sigmoid
        Shares = new float[batch * classes];                      // [batch, classes], q: sharpened, sum 1
        features = new float[batch * heads.Features.Outputs];     // [batch, tagger's embedding]
        targets = new float[batch * width];                       // [batch, width], t
        tags = new float[rows * classes];                         // [rows of a pass, classes], side head
        dtags = new float[rows * classes];
        tagged = new float[rows * heads.Features.Outputs];        // [rows, tagger's embedding], side head
        dfeatures = new float[rows * heads.Features.Outputs];
        dnormal = new float[rows * shape.Width];                  // [rows, tower's width]
        dsecond = new float[rows * shape.Width];
        Vectors = new float[batch * width];                       // [batch, width], z
        VectorGradients = new float[batch * width];
        Captions = new float[batch * width];                      // [batch, width], frozen text tower
        origins = new SampleOrigin[batch];
        captionTexts = new string[batch];
    }

    public ParameterSet TowerGradients { get; }

    public ParameterSet HeadGradients { get; }

    public AudioTowerBuffers Buffers { get; }

    public float[] Shares { get; }

    public float[] Vectors { get; }

    public float[] VectorGradients { get; }

    public float[] Captions { get; }

    public int Passes => passes.Count;

    /// <summary>Mean losses of the step, once all passes went back: labels, cosine, tags, features.</summary>
    public double[] Losses { get; } = new double[4];

    /// <summary>Samples, what the tagger says of them, captions, and the student's vectors of all passes.</summary>
    /// <param name="firstSample">Number of the first sample in the run: it alone, with the seed, decides what the samples are.</param>
    public void Forward(long firstSample)
    {
        int width = tower.Shape.Embedding, classes = scores.Length / batch;
        feeder.Fill(firstSample, batch, mels, scores, features, origins, workspace);
        for (int i = 0; i < batch; i++)
        {
            Span<float> q = Shares.AsSpan(i * classes, classes);
            TensorPrimitives.Pow(scores.AsSpan(i * classes, classes), options.Sharpness, q);
            TensorPrimitives.Divide(q, Math.Max(TensorPrimitives.Sum<float>(q), 1e-12f), q);
            captionTexts[i] = captions.Write(q, sources.Texts(origins[i]), new RandomSource(options.Seed + (ulong)(firstSample + i)));
        }
        Gemm.Multiply(Shares, classes, false, labelVectors, width, false, targets, width, batch, width, classes); // t = sum q E
        UnitLength.Forward(targets, targets, batch, width);
        text.Encode(captionTexts, Captions);
        for (int pass = 0; pass < passes.Count; pass++)
        {
            Embed(pass);
        }
    }

    /// <summary>
    /// One pass from <see cref="VectorGradients"/>, which hold what the loss between the shards gave, through all other losses to all
    /// parameters, whose gradients are added to.
    /// </summary>
    /// <param name="pass">Best the last one first: its activations need not be computed again.</param>
    /// <param name="batchTotal">Samples of all shards together, which every loss is a mean over.</param>
    public void Backward(int pass, int batchTotal)
    {
        if (inBuffers != pass)
        {
            Embed(pass);
        }
        (int first, int rows) = passes[pass];
        int width = tower.Shape.Embedding, classes = scores.Length / batch, wide = heads.Features.Outputs;
        ReadOnlySpan<float> normal = Buffers.Normal.Span[..(rows * tower.Shape.Width)];
        ReadOnlySpan<float> z = Vectors.AsSpan(first * width, rows * width), t = targets.AsSpan(first * width, rows * width);
        ReadOnlySpan<float> q = Shares.AsSpan(first * classes, rows * classes);
        Span<float> dz = VectorGradients.AsSpan(first * width, rows * width);
        Span<float> x = tags.AsSpan(0, rows * classes), dx = dtags.AsSpan(0, rows * classes);
        Span<float> y = tagged.AsSpan(0, rows * wide), dy = dfeatures.AsSpan(0, rows * wide);
        heads.Tags.Forward(normal, x, rows, training: true);
        heads.Features.Forward(normal, y, rows, training: true);

        dx.Clear();
        dy.Clear();
        float each = 1f / batchTotal;
        Losses[0] += labelLoss.Forward(z, q, dz, rows, each);
        Losses[1] += CosineLoss.Forward(z, t, dz, rows, width, options.CosineWeight * each);
        Losses[2] += BinaryCrossEntropy.Forward(x, scores.AsSpan(first * classes, rows * classes), dx, options.TagWeight * each);
        Losses[3] += SquaredError.Forward(y, features.AsSpan(first * wide, rows * wide), dy, options.FeatureWeight * each);

        Span<float> dnormals = dnormal.AsSpan(0, rows * tower.Shape.Width);
        LinearBackward.Run(heads.Tags, headGradients.Tags, dx, normal, dnormals, rows);
        LinearBackward.Run(heads.Features, headGradients.Features, dy, normal, dsecond, rows);
        TensorPrimitives.Add(dnormals, dsecond.AsSpan(0, dnormals.Length), dnormals);
        UnitLengthBackward.Run(dz, Buffers.Embeddings.Span, dz, rows, width);
        backward.Run(Input(pass), Buffers, dz, dnormals);
        inBuffers = -1; // the weights are about to change
    }

    /// <summary>Sets what the passes add to, back to nothing.</summary>
    public void Clear()
    {
        TowerGradients.Values.Clear();
        HeadGradients.Values.Clear();
        Array.Clear(Losses);
    }

    private void Embed(int pass)
    {
        (int first, int rows) = passes[pass];
        tower.Forward(Input(pass), rows, tower.Shape.Frames, Buffers);
        UnitLength.Forward(Buffers.Embeddings.Span, Vectors.AsSpan(first * tower.Shape.Embedding), rows, tower.Shape.Embedding);
        inBuffers = pass;
    }

    private ReadOnlySpan<float> Input(int pass)
    {
        int clip = mels.Length / batch;
        return mels.AsSpan(passes[pass].First * clip, passes[pass].Count * clip);
    }
}
