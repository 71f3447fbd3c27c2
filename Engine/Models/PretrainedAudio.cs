using SoundSearch.Engine.Formats;

namespace SoundSearch.Engine.Models;

/// <summary>
/// VIP-ANT's from_pretrained: an audio tower's weights for a tower that hears longer or shorter sounds. Longer:
/// positions resized bilinearly. Shorter: cut out of the table from time row 6 on, a constant of the original code (a
/// shorter clip in the same tower uses the first rows instead). A table of 50 or 197 rows is CLIP's square grid and is
/// brought to the source's grid first.
/// </summary>
public static class PretrainedAudio
{
    private const int FirstRow = 6;

    /// <param name="shape">The tower that is wanted.</param>
    /// <param name="sourceFrames">Frames that the source was made for.</param>
    /// <param name="source">The tensor of a VIP-ANT name, or null.</param>
    /// <param name="where">Path of the source, for messages.</param>
    /// <exception cref="FileFormatException">A tensor is missing or does not fit, or fewer than 6 time rows are to spare.</exception>
    public static ParameterSet Load(AudioTowerShape shape, int sourceFrames, Func<string, Tensor?> source, string where) =>
        ParameterSet.Load(
            shape.Layout(),
            name => name == "misc.positional_embedding" && source(name) is { Shape.Length: 2 } table ? Positions(table, shape, sourceFrames, where) : source(name),
            where);

    private static Tensor Positions(Tensor table, AudioTowerShape shape, int sourceFrames, string where)
    {
        AudioTowerShape before = shape with { Frames = sourceFrames };
        if (table.Shape[0] is 50 or 197)
        {
            table = ClipVisual.Positions(table, before);
        }
        int rows = shape.GridRows(shape.Frames), had = before.GridRows(sourceFrames), columns = shape.GridColumns, width = table.Shape[1];
        int first = shape.ClassTokens * width;
        if (rows == had || table.Shape[0] != shape.ClassTokens + had * columns)
        {
            return table; // right already, or of a shape that the caller will name
        }
        ReadOnlySpan<float> grid = table.Span[first..];
        if (rows < had && had - rows < FirstRow)
        {
            throw new FileFormatException(
                where, 0, $"positions for {had} time rows of which {rows + FirstRow} or more can be used", $"{had - rows} to spare, and the first {FirstRow} are skipped",
                $"Use a tower of {sourceFrames} frames, or one at least {FirstRow} rows shorter.");
        }
        float[] moved = rows < had
            ? grid.Slice(FirstRow * columns * width, rows * columns * width).ToArray()
            : PositionGrid.Resize(grid, had, columns, rows, columns, width);
        return new Tensor(table.Name, [shape.ClassTokens + rows * columns, width], (float[])[.. table.Span[..first], .. moved]);
    }
}
