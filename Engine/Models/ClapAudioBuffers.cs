namespace SoundSearch.Engine.Models;

/// <summary>Activations of a CLAP audio tower for up to a batch of sounds. Not shared between threads.</summary>
public sealed class ClapAudioBuffers
{
    private const int RowsAtOnce = 256;

    /// <exception cref="ArgumentException">The batch is empty, or too large for one array.</exception>
    public ClapAudioBuffers(ClapAudioTower tower, int maxBatch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatch, 1);
        ClapAudioShape s = tower.Shape;
        int tokens = s.Grid(0) * s.Grid(0), last = s.Grid(s.Stages - 1) * s.Grid(s.Stages - 1), fused = s.Fused ? tokens : 0;
        (MaxBatch, MergedAtOnce) = (maxBatch, Math.Min(RowsAtOnce, Math.Max(1, maxBatch * tokens / 4)));
        WindowsAtOnce = [.. Enumerable.Range(0, s.Stages).Select(stage => ClapAudioStage.WindowsAtOnce(s, stage, maxBatch))];
        Arena.Plan(arena =>
        {
            Normal = arena.Take(s.MaxFrames, s.Bins);
            Image = arena.Take(s.Side, s.Side);
            Columns = arena.Take(s.Side, s.Side); // a patch's values lie apart, so all patches have at most the picture's
            Local = arena.Take(fused, s.Width);
            Sum = arena.Take(fused, s.Width);
            Weights = arena.Take(fused, s.Width);
            Inner = arena.Take(fused, s.Fused ? ClapFusion.Inner(s) : 0);
            Shared = arena.Take(s.Width);
            Stream = arena.Take(maxBatch, tokens, s.Width);
            Blocks = [.. Enumerable.Range(0, s.Stages).Select(stage =>
            {
                TransformerShape block = s.Blocks(stage);
                return BlockBuffers.ForInference(arena, block, WindowsAtOnce[stage], s.WindowTokens, arena.Take(WindowsAtOnce[stage], s.WindowTokens, block.Width));
            })];
            Merged = arena.Take(MergedAtOnce, 2 * s.FinalWidth);
            Mean = arena.Take(Math.Max(tokens, Math.Max(maxBatch * last, MergedAtOnce)));
            Rstd = arena.Take(Math.Max(tokens, Math.Max(maxBatch * last, MergedAtOnce)));
            Pooled = arena.Take(maxBatch, s.FinalWidth);
            Hidden = arena.Take(maxBatch, s.Embedding);
            Embeddings = arena.Take(maxBatch, s.Embedding);
        });
    }

    public int MaxBatch { get; }

    internal Memory<float> Normal { get; private set; }   // [frames, bins] after the batch norm
    internal Memory<float> Image { get; private set; }    // [side, side]
    internal Memory<float> Columns { get; private set; }  // [patches, values]
    internal Memory<float> Local { get; private set; }    // [tokens, width] features of a longer sound's windows
    internal Memory<float> Sum { get; private set; }      // [tokens, width]
    internal Memory<float> Weights { get; private set; }  // [tokens, width]
    internal Memory<float> Inner { get; private set; }    // [tokens, inner]
    internal Memory<float> Shared { get; private set; }   // [width]
    internal Memory<float> Stream { get; private set; }   // [batch * tokens, width] of the stage that is at work
    internal BlockBuffers[] Blocks { get; private set; } = null!;
    internal Memory<float> Merged { get; private set; }   // [MergedAtOnce, 4 width]
    internal Memory<float> Mean { get; private set; }     // [rows]
    internal Memory<float> Rstd { get; private set; }     // [rows]
    internal int[] WindowsAtOnce { get; }                 // of each stage
    internal int MergedAtOnce { get; }                    // rows

    /// <summary>[batch, final width], the mean of a sound's last tokens.</summary>
    public Memory<float> Pooled { get; private set; }

    internal Memory<float> Hidden { get; private set; }   // [batch, embedding] inside the projection

    /// <summary>[batch, embedding], the result; not normalised.</summary>
    public Memory<float> Embeddings { get; private set; }

    /// <summary>Sees every activation under the name of the place where it is made, for tests.</summary>
    internal Action<string, ReadOnlyMemory<float>>? Observer { get; init; }
}
