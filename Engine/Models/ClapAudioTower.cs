using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// LAION-CLAP's audio tower (Wu et al. 2023): HTSAT and a projection of two layers. Holds no state but weights: concurrent
/// callers each bring their own buffers. Packed weights are made at first use and relative positions at once, so after a
/// change of the parameters build another tower over them. Inference only.
/// </summary>
public sealed class ClapAudioTower
{
    private readonly ClapAudioStage[] stages;

    /// <param name="parameters">Of <see cref="ClapAudioShape.Layout"/>.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentException">The sizes make no sense or are not the parameters'.</exception>
    public ClapAudioTower(ParameterSet parameters, ClapAudioShape shape)
    {
        shape.Check();
        (Parameters, Shape) = (parameters, shape);
        Stem = new ClapAudioStem(parameters, shape);
        stages = [.. Enumerable.Range(0, shape.Stages).Select(s => new ClapAudioStage(parameters, shape, s))];
        Norm = new Norm(parameters, "norm", shape.FinalWidth);
        Projection1 = new Linear(parameters, "projection.linear1.weight", "projection.linear1.bias", shape.Embedding, shape.FinalWidth);
        Projection2 = new Linear(parameters, "projection.linear2.weight", "projection.linear2.bias", shape.Embedding, shape.Embedding);
    }

    public ParameterSet Parameters { get; }

    public ClapAudioShape Shape { get; }

    public ClapAudioStem Stem { get; }

    public IReadOnlyList<ClapAudioStage> Stages => stages;

    public Norm Norm { get; }

    public Linear Projection1 { get; }

    public Linear Projection2 { get; }

    /// <summary>Writes b.Pooled [batch, final width] and b.Embeddings [batch, embedding], not normalised.</summary>
    /// <param name="input">[batch, channels, frames, bins] in dB, of <see cref="Features.ClapFeatures"/>; other channels than the first are read of longer sounds only.</param>
    /// <param name="longer">Of each sound: whether it is longer than the window and its other channels are to be fused in; all false if empty.</param>
    /// <param name="batch">Sounds.</param>
    /// <param name="frames">Frames of each, 1 to <see cref="ClapAudioShape.MaxFrames"/>.</param>
    /// <param name="b">Large enough for the batch.</param>
    /// <exception cref="ArgumentException">The input does not fit the shape or the buffers.</exception>
    public void Forward(ReadOnlySpan<float> input, ReadOnlySpan<bool> longer, int batch, int frames, ClapAudioBuffers b)
    {
        int sound = Shape.Channels * frames * Shape.Bins, tokens = Shape.Grid(0) * Shape.Grid(0);
        if (frames < 1 || frames > Shape.MaxFrames)
        {
            throw new ArgumentException($"The tower takes 1 to {Shape.MaxFrames} frames; asked for {frames}.", nameof(frames));
        }
        if (batch < 0 || batch > b.MaxBatch)
        {
            throw new ArgumentException($"The buffers hold {b.MaxBatch} sounds; asked for {batch}.", nameof(batch));
        }
        if (input.Length != batch * sound || (!longer.IsEmpty && longer.Length != batch))
        {
            throw new ArgumentException(
                $"{batch} sounds need {batch} x {Shape.Channels} x {frames} x {Shape.Bins} values and as many flags, not {input.Length} and {longer.Length}.", nameof(input));
        }
        if (!Shape.Fused && longer.Contains(true))
        {
            throw new ArgumentException("Only a fused tower hears sounds that are longer than its window.", nameof(longer));
        }
        for (int i = 0; i < batch; i++)
        {
            Span<float> entering = b.Stream.Span.Slice(i * tokens * Shape.Width, tokens * Shape.Width); // [tokens, width]
            Stem.Forward(input.Slice(i * sound, sound), frames, !longer.IsEmpty && longer[i], entering, b);
        }
        b.Observer?.Invoke("patch_embed", b.Stream[..(batch * tokens * Shape.Width)]);
        foreach (ClapAudioStage stage in stages)
        {
            stage.Forward(batch, b);
        }
        Project(batch, b);
    }

    private void Project(int batch, ClapAudioBuffers b)
    {
        int last = Shape.Grid(Shape.Stages - 1), tokens = last * last, rows = batch * tokens, width = Shape.FinalWidth, embedding = Shape.Embedding;
        Span<float> stream = b.Stream.Span[..(rows * width)];                           // [batch * tokens, width]
        Span<float> pooled = b.Pooled.Span[..(batch * width)];                          // [batch, width]
        Span<float> hidden = b.Hidden.Span[..(batch * embedding)];                      // [batch, embedding]
        Span<float> embeddings = b.Embeddings.Span[..(batch * embedding)];              // [batch, embedding]

        Norm.Forward(stream, stream, b.Mean.Span[..rows], b.Rstd.Span[..rows], rows);
        b.Observer?.Invoke("norm", b.Stream[..(rows * width)]);
        // A product of one row may round differently from one of many: sound by sound, a sound's vector does not depend on its neighbours.
        for (int i = 0; i < batch; i++)
        {
            Span<float> inner = hidden.Slice(i * embedding, embedding);
            ClapFusion.MeanOfRows(stream.Slice(i * tokens * width, tokens * width), pooled.Slice(i * width, width), tokens);
            Projection1.Forward(pooled[(i * width)..], inner, 1, training: false);
            TensorPrimitives.Max(inner, 0f, inner);
            Projection2.Forward(inner, embeddings[(i * embedding)..], 1, training: false);
        }
    }
}
