using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;

namespace SoundSearch.Tests.Training.Backward;

public class AudioTowerBackwardTests
{
    private static readonly AudioTowerShape convShape = new()
    {
        Stem = StemKind.Conv,
        Frames = 19,
        Bins = 16,
        StemChannels = [2, 3, 4],
        Width = 8,
        Heads = 2,
        Layers = 2,
        Embedding = 5,
        Pool = Pool.Mean,
    };

    private static readonly AudioTowerShape patchShape = new()
    {
        Frames = 14,
        Bins = 10,
        Channels = 3,
        PatchHeight = 6,
        PatchWidth = 4,
        StrideHeight = 4,
        StrideWidth = 3,
        Width = 8,
        Heads = 2,
        Layers = 2,
        Embedding = 5,
    };

    [Test]
    public void Conv_stem_with_batch_norm_and_mean_pool_match_finite_differences() => Check(convShape, batch: 3, convShape.Frames, channels: 1);

    [Test]
    public void Conv_stem_with_a_class_token_matches_finite_differences() =>
        Check(convShape with { Pool = Pool.Class, StemChannels = [2, 3] }, batch: 2, convShape.Frames, channels: 1);

    [Test]
    public void Patch_stem_with_averaged_kernels_matches_finite_differences() => Check(patchShape, batch: 2, patchShape.Frames, channels: 1);

    [Test]
    public void Patch_stem_over_a_picture_matches_finite_differences() => Check(patchShape, batch: 2, patchShape.Frames, channels: 3);

    [Test]
    public void A_batch_and_a_length_below_the_buffers_match_finite_differences()
    {
        Check(patchShape, batch: 1, 10, channels: 1, maxBatch: 3);
        Check(convShape, batch: 2, 11, channels: 1, maxBatch: 4);
    }

    [Test]
    public void Gradients_of_shards_add_up_to_those_of_the_batch()
    {
        var parameters = new ParameterSet(patchShape.Layout());
        GradientCheck.Randomise(parameters, 1);
        var tower = new AudioTower(parameters, patchShape);
        float[] input = GradientCheck.Noise(4 * patchShape.Frames * patchShape.Bins, 2), weights = GradientCheck.Noise(4 * 5, 3);
        ParameterSet whole = Gradients(tower, input, weights, 4), shards = Gradients(tower, input[..(input.Length / 2)], weights[..10], 2);
        ParameterSet second = Gradients(tower, input[(input.Length / 2)..], weights[10..], 2);
        for (int i = 0; i < second.Values.Length; i++)
        {
            shards.Values[i] += second.Values[i];
        }
        Assert.That(Goldens.MaxDifference(shards.Values, whole.Values), Is.LessThan(1e-4));
    }

    [Test]
    public void Inference_buffers_are_refused()
    {
        var parameters = new ParameterSet(patchShape.Layout());
        GradientCheck.Randomise(parameters, 1);
        var tower = new AudioTower(parameters, patchShape);
        var buffers = new AudioTowerBuffers(tower, 1, patchShape.Frames, training: false);
        float[] input = new float[patchShape.Frames * patchShape.Bins];
        tower.Forward(input, 1, patchShape.Frames, buffers);
        var backward = new AudioTowerBackward(tower, parameters.ZerosLike(), 1, patchShape.Frames);
        Assert.That(() => backward.Run(input, buffers, new float[5]), Throws.ArgumentException.With.Message.Contains("inference"));
    }

    [Test]
    public void Running_statistics_move_towards_the_batch_by_momentum()
    {
        var parameters = new ParameterSet(convShape.Layout());
        GradientCheck.Randomise(parameters, 1);
        var tower = new AudioTower(parameters, convShape);
        var buffers = new AudioTowerBuffers(tower, 2, convShape.Frames, training: true);
        tower.Forward(GradientCheck.Noise(2 * convShape.Frames * convShape.Bins, 2), 2, convShape.Frames, buffers);
        ConvLayer layer = ((ConvStem)tower.Stem).Layers[1];
        ConvLayerBuffers batch = buffers.Stem.Layers[1];
        float mean = layer.RunningMean.Span[2], variance = layer.RunningVariance.Span[2];
        RunningStatistics.Update(tower, [buffers], 0.25f);
        Assert.That(batch.Pixels, Is.EqualTo(2 * 5 * 4));
        Assert.That(layer.RunningMean.Span[2], Is.EqualTo(0.75f * mean + 0.25f * batch.Mean.Span[2]).Within(1e-6));
        Assert.That(layer.RunningVariance.Span[2], Is.EqualTo(0.75f * variance + 0.25f * batch.Variance.Span[2] * 40 / 39).Within(1e-6));
    }

    private static ParameterSet Gradients(AudioTower tower, float[] input, float[] weights, int batch)
    {
        ParameterSet gradients = tower.Parameters.ZerosLike();
        var buffers = new AudioTowerBuffers(tower, batch, tower.Shape.Frames, training: true);
        tower.Forward(input, batch, tower.Shape.Frames, buffers);
        new AudioTowerBackward(tower, gradients, batch, tower.Shape.Frames).Run(input, buffers, weights);
        return gradients;
    }

    /// <summary>Loss: the normalised embeddings and the pooled vector, as a side head sees it, times fixed random weights.</summary>
    private static void Check(AudioTowerShape shape, int batch, int frames, int channels, int maxBatch = 0)
    {
        maxBatch = Math.Max(batch, maxBatch);
        var parameters = new ParameterSet(shape.Layout());
        GradientCheck.Randomise(parameters, 1);
        var tower = new AudioTower(parameters, shape);
        var buffers = new AudioTowerBuffers(tower, maxBatch, shape.Frames, training: true);
        float[] input = GradientCheck.Noise(batch * frames * shape.Bins * channels, 99);
        float[] weights = GradientCheck.Noise(batch * shape.Embedding, 100), side = GradientCheck.Noise(batch * shape.Width, 101);
        float[] unit = new float[weights.Length];
        double Loss()
        {
            tower.Forward(input, batch, frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, unit, batch, shape.Embedding);
            return GradientCheck.Dot(unit, weights) + GradientCheck.Dot(buffers.Normal.Span, side);
        }
        Loss();
        ParameterSet gradients = parameters.ZerosLike();
        float[] d = new float[weights.Length];
        UnitLengthBackward.Run(weights, buffers.Embeddings.Span, d, batch, shape.Embedding);
        new AudioTowerBackward(tower, gradients, maxBatch, shape.Frames).Run(input, buffers, d, side);
        GradientCheck.Run(parameters, gradients, Loss);
    }
}
