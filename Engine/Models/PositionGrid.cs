namespace SoundSearch.Engine.Models;

/// <summary>Learned positions on a grid of tokens, time (or a picture's rows) slowest, for grids of other sizes.</summary>
public static class PositionGrid
{
    /// <summary>
    /// Bilinear resize as torch.nn.functional.interpolate(mode="bilinear", align_corners=False) does it:
    /// from [rows, columns, width] to [newRows, newColumns, width].
    /// </summary>
    public static float[] Resize(ReadOnlySpan<float> grid, int rows, int columns, int newRows, int newColumns, int width)
    {
        float[] result = new float[newRows * newColumns * width];
        for (int y = 0; y < newRows; y++)
        {
            (int top, int bottom, float down) = Source(y, rows, newRows);
            for (int x = 0; x < newColumns; x++)
            {
                (int left, int right, float across) = Source(x, columns, newColumns);
                for (int i = 0; i < width; i++)
                {
                    float a = grid[(top * columns + left) * width + i], b = grid[(top * columns + right) * width + i];
                    float c = grid[(bottom * columns + left) * width + i], d = grid[(bottom * columns + right) * width + i];
                    result[(y * newColumns + x) * width + i] =
                        (1 - down) * ((1 - across) * a + across * b) + down * ((1 - across) * c + across * d);
                }
            }
        }
        return result;
    }

    /// <summary>The two source indices around an output index, and the second one's weight.</summary>
    private static (int First, int Second, float Weight) Source(int index, int length, int newLength)
    {
        float place = Math.Max(0, (index + 0.5f) * ((float)length / newLength) - 0.5f);
        int first = Math.Min((int)place, length - 1);
        return (first, Math.Min(first + 1, length - 1), place - first);
    }
}
