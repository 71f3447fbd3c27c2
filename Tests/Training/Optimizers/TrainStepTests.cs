using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;

namespace SoundSearch.Tests.Training.Optimizers;

/// <summary>The first ten updates of VIP-ANT's training, text tower frozen: the loss before each and after the last.</summary>
public sealed class TrainStepTests
{
    private const string Scale = "loss_head_al.logit_scale";

    private static readonly AudioTowerShape shape = new()
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

    [TestCase("adam")]
    [TestCase("adam_wd")]
    [TestCase("lars")]
    public void The_loss_falls_along_the_original_curve(string run)
    {
        const int batch = 4;
        using SafetensorsFile file = Goldens.Open("train_step.safetensors");
        var tower = new AudioTower(ParameterSet.Load(shape.Layout(), file, "audio_head."), shape);
        ParameterSet gradients = tower.Parameters.ZerosLike();
        Parameter scale = Parameter.Create(Scale);
        scale.Value.Span[0] = file.Read(Scale).Span[0];
        Parameter[] parameters = [.. Parameter.Of(tower.Parameters, gradients), scale];
        IOptimizer optimizer = run switch
        {
            "adam" => new Adam(parameters, new AdamOptions(LearningRate: 1e-4)),
            "adam_wd" => new Adam(parameters, new AdamOptions(LearningRate: 5e-4, WeightDecay: 1e-6)),
            _ => new Lars(parameters, new LarsOptions()),
        };
        // Five epochs of two batches, one of them warm-up, batch 2560.
        var schedule = new CosineSchedule(Warmup: 2, Total: 10, Floor: 0.001, Peak: 10);

        float[] input = file.Read("input.fbank").Data.ToArray(), text = file.Read("input.text_embedding").Data.ToArray();
        UnitLength.Forward(text, text, batch, shape.Embedding);
        var buffers = new AudioTowerBuffers(tower, batch, shape.Frames, training: true);
        var backward = new AudioTowerBackward(tower, gradients, batch, shape.Frames);
        var loss = new InfoNce(batch);
        float[] z = new float[batch * shape.Embedding], dz = new float[z.Length];
        double[] expected = file.ReadAs<double>(run + ".losses"), scales = file.ReadAs<double>(run + ".logit_scale_after");
        for (int step = 0; step <= 10; step++)
        {
            gradients.Values.Clear();
            scale.Gradient.Span.Clear();
            Array.Clear(dz);
            tower.Forward(input, batch, shape.Frames, buffers);
            Span<float> embeddings = buffers.Embeddings.Span[..z.Length];
            UnitLength.Forward(embeddings, z, batch, shape.Embedding);
            double actual = loss.Forward(z, text, scale.Value.Span[0], dz, [], ref scale.Gradient.Span[0], batch, shape.Embedding);
            Assert.That(actual, Is.EqualTo(expected[step]).Within(1e-4), $"before update {step}");
            if (step < 10)
            {
                UnitLengthBackward.Run(dz, embeddings, dz, batch, shape.Embedding);
                backward.Run(input, buffers, dz);
                optimizer.Step(run == "lars" ? schedule.At(step) : 1);
                Assert.That(scale.Value.Span[0], Is.EqualTo(scales[step]).Within(1e-4), $"temperature after update {step}");
            }
        }
        UnitLength.Forward(buffers.Embeddings.Span[..z.Length], z, batch, shape.Embedding);
        float[] final = file.Read(run + ".final_embedding").Data.ToArray(), raw = buffers.Embeddings.Span[..z.Length].ToArray();
        Assert.That(Math.Min(Goldens.MaxDifference(z, final), Goldens.MaxDifference(raw, final)), Is.LessThan(1e-4));
    }
}
