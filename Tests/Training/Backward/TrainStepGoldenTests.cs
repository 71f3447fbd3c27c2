using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;

namespace SoundSearch.Tests.Training.Backward;

/// <summary>One step of VIP-ANT's training as PyTorch computed it: loss, and the gradient of every parameter.</summary>
public class TrainStepGoldenTests
{
    private const string Prefix = "audio_head.";
    private const string Scale = "loss_head_al.logit_scale";
    private const int Batch = 4;

    private static readonly AudioTowerShape Shape = new()
    {
        Frames = 96,
        Bins = 128,
        Channels = 3,
        PatchHeight = 16,
        PatchWidth = 16,
        StrideHeight = 16,
        StrideWidth = 24,
        Width = 64,
        Heads = 1,
        Layers = 2,
        Embedding = 32,
    };

    [Test]
    public void Loss_and_the_gradient_of_every_parameter()
    {
        using SafetensorsFile golden = Goldens.Open("train_step.safetensors");
        ParameterSet parameters = ParameterSet.Load(Shape.Layout(), golden, Prefix), gradients = parameters.ZerosLike();
        var tower = new AudioTower(parameters, Shape);
        var buffers = new AudioTowerBuffers(tower, Batch, Shape.Frames, training: true);
        var backward = new AudioTowerBackward(tower, gradients, Batch, Shape.Frames);
        float[] input = golden.Read("input.fbank").Data.ToArray(), text = golden.Read("input.text_embedding").Data.ToArray();
        UnitLength.Forward(text, text, Batch, Shape.Embedding);

        tower.Forward(input, Batch, Shape.Frames, buffers);
        float[] audio = new float[Batch * Shape.Embedding], daudio = new float[audio.Length];
        UnitLength.Forward(buffers.Embeddings.Span, audio, Batch, Shape.Embedding);
        double loss = InfoNce(audio, text, Math.Exp(golden.Read(Scale).Span[0]), daudio, out double dscale);
        UnitLengthBackward.Run(daudio, buffers.Embeddings.Span, daudio, Batch, Shape.Embedding);
        backward.Run(input, buffers, daudio);

        double expectedLoss = golden.Read("first.loss").Span[0];
        Assert.That(loss, Is.EqualTo(expectedLoss).Within(1e-5 * expectedLoss));
        Assert.That(dscale, Is.EqualTo((double)golden.Read("grad." + Scale).Span[0]).Within(2e-5));
        Assert.That(Goldens.MaxDifference(buffers.Embeddings.Span, golden.Read("first.audio_embedding").Span), Is.LessThan(5e-5));
        foreach (Tensor gradient in gradients.Tensors)
        {
            Tensor expected = golden.Read($"grad.{Prefix}{gradient.Name}");
            float largest = expected.Data.ToArray().Max(Math.Abs);
            Assert.That(Goldens.MaxDifference(gradient.Span, expected.Span), Is.LessThan(2e-5f * largest), gradient.Name);
        }
    }

    /// <summary>CE(s a t^T) + CE(s t a^T), each a mean over rows; the gradient of a is written, that of ln s returned. In float64.</summary>
    private static double InfoNce(float[] a, float[] t, double scale, float[] da, out double dlogScale)
    {
        int width = a.Length / Batch;
        double[,] logits = new double[Batch, Batch], d = new double[Batch, Batch];
        for (int i = 0; i < Batch; i++)
        {
            for (int j = 0; j < Batch; j++)
            {
                logits[i, j] = scale * GradientCheck.Dot(a.AsSpan(i * width, width), t.AsSpan(j * width, width));
            }
        }
        double loss = 0;
        for (int i = 0; i < Batch; i++)
        {
            double[] row = [.. Enumerable.Range(0, Batch).Select(j => logits[i, j])], column = [.. Enumerable.Range(0, Batch).Select(j => logits[j, i])];
            double rowSum = row.Sum(Math.Exp), columnSum = column.Sum(Math.Exp);
            loss += (Math.Log(rowSum) + Math.Log(columnSum) - 2 * logits[i, i]) / Batch;
            for (int j = 0; j < Batch; j++)
            {
                d[i, j] += (Math.Exp(row[j]) / rowSum - (i == j ? 1 : 0)) / Batch;
                d[j, i] += (Math.Exp(column[j]) / columnSum - (i == j ? 1 : 0)) / Batch;
            }
        }
        dlogScale = 0;
        double[] sums = new double[a.Length];
        for (int i = 0; i < Batch; i++)
        {
            for (int j = 0; j < Batch; j++)
            {
                dlogScale += d[i, j] * logits[i, j];
                for (int c = 0; c < width; c++)
                {
                    sums[i * width + c] += d[i, j] * scale * t[j * width + c];
                }
            }
        }
        sums.Select(s => (float)s).ToArray().CopyTo(da, 0);
        return loss;
    }
}
