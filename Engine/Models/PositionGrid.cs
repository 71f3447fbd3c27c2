using System.Numerics.Tensors;

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

    /// <summary>
    /// Bicubic resize as torch.nn.functional.interpolate(mode="bicubic", align_corners=False) does it, without antialiasing:
    /// Keys' kernel with A = -0.75, places in float32, borders repeated. From [rows, columns, width] to [newRows, newColumns, width].
    /// </summary>
    public static float[] ResizeBicubic(ReadOnlySpan<float> grid, int rows, int columns, int newRows, int newColumns, int width)
    {
        float[] result = new float[newRows * newColumns * width];
        Span<float> down = stackalloc float[4], across = stackalloc float[4];
        for (int y = 0; y < newRows; y++)
        {
            int top = Cubic(y, rows, newRows, down);
            for (int x = 0; x < newColumns; x++)
            {
                int left = Cubic(x, columns, newColumns, across);
                Span<float> target = result.AsSpan((y * newColumns + x) * width, width);
                for (int tap = 0; tap < 16; tap++)
                {
                    int row = Math.Clamp(top + tap / 4, 0, rows - 1), column = Math.Clamp(left + tap % 4, 0, columns - 1);
                    TensorPrimitives.MultiplyAdd(grid.Slice((row * columns + column) * width, width), down[tap / 4] * across[tap % 4], target, target);
                }
            }
        }
        return result;
    }

    /// <summary>The first of the four source indices around an output index, which may lie outside, and their weights.</summary>
    private static int Cubic(int index, int length, int newLength, Span<float> weights)
    {
        const float A = -0.75f;
        float place = (index + 0.5f) * ((float)length / newLength) - 0.5f, first = MathF.Floor(place), t = place - first;
        weights[0] = Far(t + 1);
        weights[1] = Near(t);
        weights[2] = Near(1 - t);
        weights[3] = Far(2 - t);
        return (int)first - 1;

        static float Near(float d) => ((A + 2) * d - (A + 3)) * d * d + 1;

        static float Far(float d) => ((A * d - 5 * A) * d + 8 * A) * d - 4 * A;
    }

    /// <summary>The two source indices around an output index, and the second one's weight.</summary>
    private static (int First, int Second, float Weight) Source(int index, int length, int newLength)
    {
        float place = Math.Max(0, (index + 0.5f) * ((float)length / newLength) - 0.5f);
        int first = Math.Min((int)place, length - 1);
        return (first, Math.Min(first + 1, length - 1), place - first);
    }
}
