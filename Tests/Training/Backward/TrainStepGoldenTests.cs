using SoundSearch.Engine.Formats;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Backward;
using SoundSearch.Training.Losses;
using SoundSearch.Training.Optimizers;

namespace SoundSearch.Tests.Training.Backward;

/// <summary>VIP-ANT's training as PyTorch computed it: one step's loss and gradients, then ten steps with three optimisers.</summary>
public class TrainStepGoldenTests
{
    private const string Prefix = "audio_head.";
    private const string Scale = "loss_head_al.logit_scale";
    private const int Batch = 4;

    private static readonly AudioTowerShape towerShape = new()
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
        var run = new Run(golden);
        double loss = run.Backward(), expectedLoss = golden.Read("first.loss").Span[0];
        Assert.That(loss, Is.EqualTo(expectedLoss).Within(1e-5 * expectedLoss));
        Assert.That(run.LogitScale.Gradient.Span[0], Is.EqualTo(golden.Read("grad." + Scale).Span[0]).Within(2e-5));
        Assert.That(Goldens.MaxDifference(run.Buffers.Embeddings.Span, golden.Read("first.audio_embedding").Span), Is.LessThan(5e-5));
        foreach (Tensor gradient in run.Gradients.Tensors)
        {
            Tensor expected = golden.Read($"grad.{Prefix}{gradient.Name}");
            float largest = expected.Data.ToArray().Max(Math.Abs);
            Assert.That(Goldens.MaxDifference(gradient.Span, expected.Span), Is.LessThan(2e-5f * largest), gradient.Name);
        }
    }

    [TestCase("adam")]
    [TestCase("adam_wd")]
    [TestCase("lars")]
    public void Ten_updates_follow_the_original_loss_curve(string name)
    {
        using SafetensorsFile golden = Goldens.Open("train_step.safetensors");
        var run = new Run(golden);
        IEnumerable<Parameter> parameters =
            [.. run.Tower.Parameters.WithGradients(run.Gradients).Select(p => new Parameter(p.Name, p.Shape, p.Value, p.Gradient)), run.LogitScale];
        IOptimizer optimizer = name switch
        {
            "adam" => new Adam(parameters, new AdamOptions(LearningRate: 1e-4)),
            "adam_wd" => new Adam(parameters, new AdamOptions(LearningRate: 5e-4, WeightDecay: 1e-6)),
            _ => new Lars(parameters, new LarsOptions()),
        };
        var schedule = new CosineSchedule(Warmup: 2, Total: 10, Floor: 0.001, Peak: 10); // 5 epochs of 2 batches, 1 of warm-up, 2560 / 256
        double[] losses = golden.ReadAs<double>($"{name}.losses"), scales = golden.ReadAs<double>($"{name}.logit_scale_after");
        for (int step = 0; step < 10; step++)
        {
            Assert.That(run.Backward(), Is.EqualTo(losses[step]).Within(1e-4), $"loss before update {step}");
            optimizer.Step(name == "lars" ? schedule.At(step) : 1);
            Assert.That(run.LogitScale.Value.Span[0], Is.EqualTo(scales[step]).Within(1e-5), $"logit scale after update {step}");
        }
        Assert.That(run.Backward(), Is.EqualTo(losses[10]).Within(1e-4));
        Assert.That(Goldens.MaxDifference(run.Buffers.Embeddings.Span, golden.Read($"{name}.final_embedding").Span), Is.LessThan(1e-4));
        foreach ((string parameter, int[] shape) in (ReadOnlySpan<(string, int[])>)[("post_encoder.proj", [64, 32]), ("post_encoder.ln.bias", [64]), ("misc.class_embedding", [64])])
        {
            Assert.That(
                Goldens.MaxDifference(run.Tower.Parameters.Get(parameter, shape).Span, golden.Read($"{name}.final.{parameter}").Span),
                Is.LessThan(1e-4), parameter);
        }
    }

    private sealed class Run
    {
        private readonly AudioTowerBackward backward;
        private readonly InfoNce loss = new(Batch);
        private readonly float[] input;
        private readonly float[] text;
        private readonly float[] audio = new float[Batch * towerShape.Embedding];
        private readonly float[] daudio = new float[Batch * towerShape.Embedding];

        public Run(SafetensorsFile golden)
        {
            Tower = new AudioTower(ParameterSet.Load(towerShape.Layout(), golden, Prefix), towerShape);
            Gradients = Tower.Parameters.ZerosLike();
            Buffers = new AudioTowerBuffers(Tower, Batch, towerShape.Frames, training: true);
            backward = new AudioTowerBackward(Tower, Gradients, Batch, towerShape.Frames);
            LogitScale = Parameter.Create("logit_scale");
            LogitScale.Value.Span[0] = golden.Read(Scale).Span[0];
            (input, text) = (golden.Read("input.fbank").Data.ToArray(), golden.Read("input.text_embedding").Data.ToArray());
            UnitLength.Forward(text, text, Batch, towerShape.Embedding);
        }

        public AudioTower Tower { get; }

        public ParameterSet Gradients { get; }

        public AudioTowerBuffers Buffers { get; }

        public Parameter LogitScale { get; }

        /// <summary>Loss and, afresh, the gradients of everything, at the present weights.</summary>
        public double Backward()
        {
            Gradients.Values.Clear();
            daudio.AsSpan().Clear();
            Tower.Forward(input, Batch, towerShape.Frames, Buffers);
            UnitLength.Forward(Buffers.Embeddings.Span, audio, Batch, towerShape.Embedding);
            float dscale = 0;
            double value = loss.Forward(audio, text, LogitScale.Value.Span[0], daudio, default, ref dscale, Batch, towerShape.Embedding);
            LogitScale.Gradient.Span[0] = dscale;
            UnitLengthBackward.Run(daudio, Buffers.Embeddings.Span, daudio, Batch, towerShape.Embedding);
            backward.Run(input, Buffers, daudio);
            return value;
        }
    }
}
