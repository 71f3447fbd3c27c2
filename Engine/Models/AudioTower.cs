using System.Collections.Concurrent;
using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>
/// VIP-ANT's audio tower (Zhao et al. 2022), which is CLIP's image tower over a spectrogram: stem, class token,
/// positions, ln_pre, transformer, pool, ln_post, projection. Holds no state but weights: concurrent callers each
/// bring their own buffers. Packed weights and resized positions are made at first use in inference, so after a change
/// of the parameters build another tower over them.
/// </summary>
public sealed class AudioTower
{
    private readonly ConcurrentDictionary<int, float[]> resized = new(); // by rows of the grid

    /// <param name="parameters">Of <see cref="AudioTowerShape.Layout"/>.</param>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentException">The sizes make no sense or are not the parameters'.</exception>
    public AudioTower(ParameterSet parameters, AudioTowerShape shape)
    {
        shape.Check();
        (Parameters, Shape) = (parameters, shape);
        Stem = shape.Stem == StemKind.Patch ? new PatchStem(parameters, shape) : new ConvStem(parameters, shape);
        NormPre = new Norm(parameters, "pre_encoder.ln", shape.Width, shape.Transformer.Epsilon);
        ClassEmbedding = shape.ClassTokens == 1 ? parameters.Get("misc.class_embedding", shape.Width) : default;
        Positions = parameters.Get("misc.positional_embedding", shape.Tokens(shape.Frames), shape.Width);
        Transformer = new Transformer(parameters, "encoder", shape.Transformer);
        NormPost = new Norm(parameters, "post_encoder.ln", shape.Width, shape.Transformer.Epsilon);
        Projection = new Linear(parameters, "post_encoder.proj", null, shape.Embedding, shape.Width, inputMajor: true);
    }

    public ParameterSet Parameters { get; }

    public AudioTowerShape Shape { get; }

    public Stem Stem { get; }

    public Norm NormPre { get; }

    /// <summary>[width], or empty.</summary>
    public Memory<float> ClassEmbedding { get; }

    /// <summary>[class token + rows * columns, width].</summary>
    public Memory<float> Positions { get; }

    public Transformer Transformer { get; }

    public Norm NormPost { get; }

    public Linear Projection { get; }

    /// <summary>Writes b.Embeddings [batch, embedding], not normalised.</summary>
    /// <param name="input">[batch, frames, bins, channels], channels last: 1 for a spectrogram, 3 for a picture.</param>
    /// <param name="batch">Clips.</param>
    /// <param name="frames">Frames of each: fewer than the tower's use its first positions, more have them resized.</param>
    /// <param name="b">Large enough for batch and frames.</param>
    /// <exception cref="ArgumentException">The input does not fit the shape or the buffers, or training is asked for more frames than there are positions.</exception>
    public void Forward(ReadOnlySpan<float> input, int batch, int frames, AudioTowerBuffers b)
    {
        if (frames < Shape.MinFrames || frames > b.MaxFrames)
        {
            throw new ArgumentException($"The tower and its buffers take {Shape.MinFrames} to {b.MaxFrames} frames; asked for {frames}.", nameof(frames));
        }
        int tokens = Shape.Tokens(frames), width = Shape.Width, rows = batch * tokens;
        b.Transformer.Check(batch, tokens);
        (b.Batch, b.Frames) = (batch, frames);
        bool training = b.Transformer.Training;
        Span<float> assembled = b.Assembled.Span[..(rows * width)];              // [batch * tokens, width]
        Span<float> entering = b.Transformer.Input.Span[..(rows * width)];       // [batch * tokens, width]
        Span<float> pooled = b.Pooled.Span[..(batch * width)];                   // [batch, width]
        Span<float> normal = b.Normal.Span[..(batch * width)];                   // [batch, width]
        Span<float> embeddings = b.Embeddings.Span[..(batch * Shape.Embedding)]; // [batch, embedding]

        Stem.Forward(input, batch, frames, b.Stem);
        Assemble(b.Stem.Patches.Span, PositionsFor(frames, training), assembled, batch, tokens);
        NormPre.Forward(assembled, entering, b.MeanPre.Span[..rows], b.RstdPre.Span[..rows], rows);
        Transformer.Forward(b.Transformer, batch, tokens);
        PoolTokens(b.Transformer.Output.Span, pooled, batch, tokens);
        NormPost.Forward(pooled, normal, b.MeanPost.Span[..batch], b.RstdPost.Span[..batch], batch);
        // A product of one row may round differently from one of many: clip by clip, a clip's vector does not depend on its neighbours.
        int group = training ? batch : 1;
        for (int i = 0; i < batch; i += group)
        {
            Projection.Forward(normal[(i * width)..], embeddings[(i * Shape.Embedding)..], group, training);
        }
    }

    /// <summary>x [batch * tokens, width] = class token (if any), then patches, each plus its position.</summary>
    private void Assemble(ReadOnlySpan<float> patches, ReadOnlySpan<float> positions, Span<float> x, int batch, int tokens)
    {
        int width = Shape.Width, first = Shape.ClassTokens, grid = (tokens - first) * width;
        for (int i = 0; i < batch; i++)
        {
            Span<float> clip = x.Slice(i * tokens * width, tokens * width);
            if (first == 1)
            {
                TensorPrimitives.Add(ClassEmbedding.Span, positions[..width], clip[..width]);
            }
            TensorPrimitives.Add(patches.Slice(i * grid, grid), positions.Slice(first * width, grid), clip[(first * width)..]);
        }
    }

    private void PoolTokens(ReadOnlySpan<float> x, Span<float> pooled, int batch, int tokens)
    {
        int width = Shape.Width;
        for (int i = 0; i < batch; i++)
        {
            Span<float> sum = pooled.Slice(i * width, width);
            x.Slice(i * tokens * width, width).CopyTo(sum);
            if (Shape.Pool == Pool.Mean)
            {
                for (int t = 1; t < tokens; t++)
                {
                    TensorPrimitives.Add(sum, x.Slice((i * tokens + t) * width, width), sum);
                }
                TensorPrimitives.Multiply(sum, 1f / tokens, sum);
            }
        }
    }

    private ReadOnlySpan<float> PositionsFor(int frames, bool training)
    {
        int rows = Shape.GridRows(frames), own = Shape.GridRows(Shape.Frames), first = Shape.ClassTokens * Shape.Width;
        if (rows <= own)
        {
            return Positions.Span;
        }
        if (training)
        {
            throw new ArgumentException(
                $"Training takes at most the {Shape.Frames} frames that the positions are made for; asked for {frames}. Resize the parameters first (PositionGrid).", nameof(frames));
        }
        return resized.GetOrAdd(rows, r =>
            [.. Positions.Span[..first], .. PositionGrid.Resize(Positions.Span[first..], own, Shape.GridColumns, r, Shape.GridColumns, Shape.Width)]);
    }
}
