using System.Numerics.Tensors;
using SoundSearch.Engine;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Data;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Pocket;

/// <summary>One part of every batch: makes its samples, asks the tagger, runs the student forward, and back.</summary>
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

    public AudioShard(
        AudioDistillationOptions options, int batch, SampleFeeder feeder, CaptionSource sources, ITextEncoder text, string[] labels, float[] labelVectors,
        AudioTower tower, SideHeads heads)
    {
        (this.options, this.batch, this.feeder, this.sources, this.text, this.labelVectors, this.tower, this.heads) =
            (options, batch, feeder, sources, text, labelVectors, tower, heads);
        AudioTowerShape shape = tower.Shape;
        int width = shape.Embedding, classes = labels.Length;
        captions = new CaptionWriter(labels);
        TowerGradients = tower.Parameters.ZerosLike();
        HeadGradients = heads.Parameters.ZerosLike();
        headGradients = new SideHeads(HeadGradients, shape.Width, heads.Tags.Outputs, heads.Features.Outputs);
        Buffers = new AudioTowerBuffers(tower, batch, shape.Frames, training: true);
        backward = new AudioTowerBackward(tower, TowerGradients, batch, shape.Frames);
        labelLoss = new SoftTargets(labelVectors, classes, width, options.Temperature, batch);
        mels = new float[batch * shape.Frames * shape.Bins];      // [batch, frames, bins]
        scores = new float[batch * classes];                      // [batch, classes], the tagger's, after the sigmoid
        Shares = new float[batch * classes];                      // [batch, classes], q: sharpened, sum 1
        features = new float[batch * heads.Features.Outputs];     // [batch, tagger's embedding]
        targets = new float[batch * width];                       // [batch, width], t
        tags = new float[batch * classes];                        // [batch, classes], side head
        dtags = new float[batch * classes];
        tagged = new float[batch * heads.Features.Outputs];       // [batch, tagger's embedding], side head
        dfeatures = new float[batch * heads.Features.Outputs];
        dnormal = new float[batch * shape.Width];                 // [batch, tower's width]
        dsecond = new float[batch * shape.Width];
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

    /// <summary>Mean losses of the last forward pass: labels, cosine, tags, features.</summary>
    public double[] Losses { get; } = new double[4];

    /// <summary>Samples, tagger, captions, student, and all losses but the one between the shards.</summary>
    /// <param name="firstSample">Number of the first sample in the run: it alone, with the seed, decides what the samples are.</param>
    /// <param name="batchTotal">Samples of all shards together, which every loss is a mean over.</param>
    public void Forward(long firstSample, int batchTotal)
    {
        AudioTowerShape shape = tower.Shape;
        int width = shape.Embedding, classes = scores.Length / batch;
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

        tower.Forward(mels, batch, shape.Frames, Buffers);
        UnitLength.Forward(Buffers.Embeddings.Span, Vectors, batch, width);
        heads.Tags.Forward(Buffers.Normal.Span, tags, batch, training: true);
        heads.Features.Forward(Buffers.Normal.Span, tagged, batch, training: true);

        Array.Clear(VectorGradients);
        Array.Clear(dtags);
        Array.Clear(dfeatures);
        float each = 1f / batchTotal;
        Losses[0] = labelLoss.Forward(Vectors, Shares, VectorGradients, batch, each);
        Losses[1] = CosineLoss.Forward(Vectors, targets, VectorGradients, batch, width, options.CosineWeight * each);
        Losses[2] = BinaryCrossEntropy.Forward(tags, scores, dtags, options.TagWeight * each);
        Losses[3] = SquaredError.Forward(tagged, features, dfeatures, options.FeatureWeight * each);
    }

    /// <summary>From <see cref="VectorGradients"/>, to which the caller may have added, to all parameters.</summary>
    public void Backward()
    {
        int width = tower.Shape.Embedding;
        TowerGradients.Values.Clear();
        HeadGradients.Values.Clear();
        ReadOnlySpan<float> normal = Buffers.Normal.Span[..(batch * tower.Shape.Width)];
        LinearBackward.Run(heads.Tags, headGradients.Tags, dtags, normal, dnormal, batch);
        LinearBackward.Run(heads.Features, headGradients.Features, dfeatures, normal, dsecond, batch);
        TensorPrimitives.Add(dnormal, dsecond, dnormal);
        UnitLengthBackward.Run(VectorGradients, Buffers.Embeddings.Span, VectorGradients, batch, width);
        backward.Run(mels, Buffers, VectorGradients, dnormal);
    }
}
