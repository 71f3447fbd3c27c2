namespace SoundSearch.Engine.Models;

/// <summary>
/// A square grid of tokens cut into square windows, as in Swin transformers (Liu et al. 2021). Shifted windows wrap around the
/// edges; a mask keeps apart what was not together before.
/// </summary>
internal sealed class WindowGrid
{
    private const float Masked = -100; // the original's, and as good as minus infinity

    /// <param name="side">Rows and columns of the grid, a multiple of window.</param>
    /// <param name="window">Rows and columns of a window.</param>
    /// <param name="shift">Tokens that the windows are moved down and right.</param>
    public WindowGrid(int side, int window, int shift)
    {
        int across = side / window, tokens = window * window;
        Count = across * across;
        Order = new int[side * side];
        Mask = new float[shift == 0 ? 0 : Count * tokens * tokens];
        int Region(int i) => i < side - window ? 0 : i < side - shift ? 1 : 2;
        int[] regions = new int[side * side]; // in the order of the windows
        for (int i = 0; i < Order.Length; i++)
        {
            int row = i / tokens / across * window + i % tokens / window, column = i / tokens % across * window + i % window;
            Order[i] = (row + shift) % side * side + (column + shift) % side;
            regions[i] = 3 * Region(row) + Region(column);
        }
        for (int i = 0; i < Mask.Length; i++)
        {
            int first = i / (tokens * tokens) * tokens;
            Mask[i] = regions[first + i / tokens % tokens] == regions[first + i % tokens] ? 0 : Masked;
        }
    }

    /// <summary>Windows.</summary>
    public int Count { get; }

    /// <summary>Window after window, row after row in each: the token's place in the grid, row-major.</summary>
    public int[] Order { get; }

    /// <summary>[windows, tokens, tokens], added to attention's scores; empty without a shift.</summary>
    public float[] Mask { get; }

    /// <summary>
    /// Relative positions [heads, tokens, tokens] from their table [(2 window - 1)^2, heads], which has the difference of
    /// query and key, in rows and in columns.
    /// </summary>
    public static float[] Bias(ReadOnlySpan<float> table, int window, int heads)
    {
        int tokens = window * window, span = 2 * window - 1;
        float[] bias = new float[heads * tokens * tokens];
        for (int i = 0; i < bias.Length; i++)
        {
            int head = i / (tokens * tokens), query = i / tokens % tokens, key = i % tokens;
            int row = query / window - key / window + window - 1, column = query % window - key % window + window - 1;
            bias[i] = table[(row * span + column) * heads + head];
        }
        return bias;
    }
}
