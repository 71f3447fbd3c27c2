using SoundSearch.Engine.Kernels;

namespace SoundSearch.Engine.Models;

/// <summary>
/// One stage of HTSAT: blocks over windows of a grid of tokens, then, unless it is the last stage, four neighbouring tokens
/// merged into one of twice the width. A Swin block is the block of all towers, over sequences that are windows: all that is
/// not attention works token by token, so a few windows at a time are taken out, go through the whole block, and are put back.
/// </summary>
public sealed class ClapAudioStage
{
    /// <summary>Tokens that go through a block together: they and their hidden layer stay in a second-level cache's reach.</summary>
    private const int TokensAtOnce = 512;

    private readonly ClapAudioShape shape;
    private readonly int stage;
    private readonly TransformerBlock[] blocks;
    private readonly float[][] biases; // of each block, [heads, tokens, tokens]
    private readonly WindowGrid plain;
    private readonly WindowGrid shifted;
    private readonly Norm? mergeNorm;
    private readonly Linear? reduction;

    internal ClapAudioStage(ParameterSet parameters, ClapAudioShape shape, int stage)
    {
        (this.shape, this.stage) = (shape, stage);
        TransformerShape s = shape.Blocks(stage);
        int span = 2 * shape.Window - 1;
        blocks = [.. Enumerable.Range(0, s.Layers).Select(i => new TransformerBlock(parameters, Prefix(stage, i), s))];
        biases = [.. Enumerable.Range(0, s.Layers).Select(i =>
            WindowGrid.Bias(parameters.Get(TableName(stage, i), span * span, s.Heads).Span, shape.Window, s.Heads))];
        plain = new WindowGrid(shape.Grid(stage), shape.Window, 0);
        int shift = shape.Shift(stage, 1);
        shifted = shift == 0 ? plain : new WindowGrid(shape.Grid(stage), shape.Window, shift);
        if (stage < shape.Stages - 1)
        {
            mergeNorm = new Norm(parameters, $"layers.{stage}.downsample.norm", 4 * s.Width);
            reduction = new Linear(parameters, $"layers.{stage}.downsample.reduction.weight", null, 2 * s.Width, 4 * s.Width);
        }
    }

    public IReadOnlyList<TransformerBlock> Blocks => blocks;

    internal static IEnumerable<ParameterShape> Layout(ClapAudioShape s, int stage)
    {
        TransformerShape block = s.Blocks(stage);
        int span = 2 * s.Window - 1, width = block.Width;
        return
        [
            .. Enumerable.Range(0, block.Layers).SelectMany(i => (IEnumerable<ParameterShape>)
                [.. TransformerBlock.Layout(Prefix(stage, i), block), new(TableName(stage, i), [span * span, block.Heads])]),
            .. stage == s.Stages - 1
                ? Array.Empty<ParameterShape>()
                : [.. Norm.Layout($"layers.{stage}.downsample.norm", 4 * width), new($"layers.{stage}.downsample.reduction.weight", [2 * width, 4 * width])],
        ];
    }

    /// <summary>Windows of a stage that go through a block together: a divisor or a multiple of a sound's, so that masks are in step.</summary>
    internal static int WindowsAtOnce(ClapAudioShape s, int stage, int maxBatch)
    {
        int across = s.Grid(stage) / s.Window, windows = across * across, most = Math.Max(1, TokensAtOnce / s.WindowTokens);
        if (windows <= most)
        {
            return windows * Math.Min(maxBatch, most / windows);
        }
        while (windows % most != 0)
        {
            most--;
        }
        return most;
    }

    /// <summary>The tokens of a batch of sounds, in place: [batch * grid * grid, width], then [batch * grid/2 * grid/2, 2 width].</summary>
    internal void Forward(int batch, ClapAudioBuffers b)
    {
        int width = shape.StageWidth(stage), tokens = shape.Grid(stage) * shape.Grid(stage);
        Memory<float> stream = b.Stream[..(batch * tokens * width)];
        for (int i = 0; i < blocks.Length; i++)
        {
            Attend(i, stream.Span, batch, b);
            b.Observer?.Invoke($"stage{stage}.block{i}", stream);
        }
        if (reduction is not null)
        {
            Merge(b.Stream.Span, batch, b);
            b.Observer?.Invoke($"stage{stage}.downsample", b.Stream[..(batch * tokens / 4 * 2 * width)]);
        }
    }

    private static string Prefix(int stage, int block) => $"layers.{stage}.blocks.{block}";

    private static string TableName(int stage, int block) => $"{Prefix(stage, block)}.attn.relative_position_bias_table";

    private void Attend(int block, Span<float> stream, int batch, ClapAudioBuffers b)
    {
        WindowGrid windows = shape.Shift(stage, block) == 0 ? plain : shifted;
        int tokens = shape.WindowTokens, width = shape.StageWidth(stage), atOnce = b.WindowsAtOnce[stage], total = batch * windows.Count;
        BlockBuffers buffers = b.Blocks[stage];
        for (int first = 0; first < total; first += atOnce)
        {
            int count = Math.Min(atOnce, total - first);
            Span<float> taken = buffers.Input.Span[..(count * tokens * width)];                 // [windows, tokens, width]
            // Either whole sounds go through together, or windows of one.
            ReadOnlySpan<float> mask = windows.Mask;                                            // [windows, tokens, tokens]
            if (!mask.IsEmpty && atOnce < windows.Count)
            {
                mask = mask.Slice(first % windows.Count * tokens * tokens, count * tokens * tokens);
            }
            Move(stream, taken, windows, first, width, back: false);
            blocks[block].Forward(buffers, count, tokens, training: false, new AttentionBias(biases[block], mask));
            Move(stream, buffers.Output.Span[..taken.Length], windows, first, width, back: true);
        }
    }

    /// <summary>Tokens of windows from the first on, between the stream's order and theirs.</summary>
    private static void Move(Span<float> stream, Span<float> taken, WindowGrid windows, int first, int width, bool back)
    {
        int[] order = windows.Order;
        int start = first * (order.Length / windows.Count);
        for (int i = 0; i < taken.Length / width; i++)
        {
            int sound = (start + i) / order.Length, place = sound * order.Length + order[(start + i) % order.Length];
            Span<float> token = stream.Slice(place * width, width), row = taken.Slice(i * width, width);
            if (back)
            {
                row.CopyTo(token);
            }
            else
            {
                token.CopyTo(row);
            }
        }
    }

    /// <summary>
    /// Row (y, x) of the result is made of (2y, 2x), (2y+1, 2x), (2y, 2x+1), (2y+1, 2x+1). In place, some rows at a time: a row is
    /// written at half the distance from the start at which the nearest token of any later row lies.
    /// </summary>
    private void Merge(Span<float> stream, int batch, ClapAudioBuffers b)
    {
        int grid = shape.Grid(stage), half = grid / 2, width = shape.StageWidth(stage), total = batch * half * half, atOnce = b.MergedAtOnce;
        for (int first = 0; first < total; first += atOnce)
        {
            int rows = Math.Min(atOnce, total - first);
            Span<float> merged = b.Merged.Span[..(rows * 4 * width)];                           // [rows, 4 width]
            for (int i = 0; i < rows; i++)
            {
                int row = first + i, sound = row / (half * half), y = row / half % half, x = row % half;
                int corner = sound * grid * grid + 2 * y * grid + 2 * x;
                Span<float> four = merged.Slice(i * 4 * width, 4 * width);
                stream.Slice(corner * width, width).CopyTo(four);
                stream.Slice((corner + grid) * width, width).CopyTo(four[width..]);
                stream.Slice((corner + 1) * width, width).CopyTo(four[(2 * width)..]);
                stream.Slice((corner + grid + 1) * width, width).CopyTo(four[(3 * width)..]);
            }
            mergeNorm!.Forward(merged, merged, b.Mean.Span[..rows], b.Rstd.Span[..rows], rows);
            reduction!.Forward(merged, stream.Slice(first * 2 * width, rows * 2 * width), rows, training: false);
        }
    }
}
