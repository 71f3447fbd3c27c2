namespace SoundSearch.Engine.Kernels;

/// <summary>
/// Weights [n, k] as whole numbers from -127 to 127 with one scale per row. Panels of 8 columns, each [k / 4, 8, 4] bytes:
/// for each column four steps of k side by side. Columns are filled up with zeros to a multiple of 16, k to a multiple of 4,
/// so that all instruction sets read the same bytes.
/// </summary>
internal sealed unsafe class Int8Weights
{
    public const int Panel = 8;

    /// <summary>Steps of k that are summed in whole numbers: 8 kB of a panel stay in the first cache.</summary>
    public const int DepthBlock = 1024;

    /// <summary>Largest magnitude of weights and activations; -128 is not used, so that signs are equals.</summary>
    public const int Limit = 127;

    private readonly int n;
    private readonly int k;
    private readonly AlignedBuffer panels;

    public Int8Weights(int n, int k)
    {
        (this.n, this.k) = (n, k);
        Columns = checked(n + 15) & ~15;
        Depth = checked(k + 3) & ~3;
        panels = new AlignedBuffer(checked((int)((long)Columns * Depth / 4)));
        Scales = new AlignedBuffer(Columns);
        Sums = new AlignedBuffer(Columns * ((k + DepthBlock - 1) / DepthBlock));
    }

    /// <summary>n, filled up.</summary>
    public int Columns { get; }

    /// <summary>k, filled up.</summary>
    public int Depth { get; }

    public sbyte* Panels => (sbyte*)panels.Pointer;

    /// <summary>[Columns]; turns a column back.</summary>
    public AlignedBuffer Scales { get; }

    /// <summary>Of each column's weights, as int32: [blocks of depth, Columns].</summary>
    public AlignedBuffer Sums { get; }

    public void Fill(float* weight)
    {
        sbyte[] row = new sbyte[Depth];
        int* sums = (int*)Sums.Pointer;
        new Span<int>(sums, Sums.Length).Clear();
        new Span<float>(Scales.Pointer, Columns).Clear();
        new Span<float>(panels.Pointer, panels.Length).Clear();
        fixed (sbyte* bytes = row)
        {
            for (int column = 0; column < n; column++)
            {
                Rounding.ToInt8(weight + (nint)column * k, k, 1, k, Limit, bytes, Scales.Pointer + column);
                int* to = (int*)(Panels + (nint)(column / Panel * Panel) * Depth) + column % Panel;
                for (int group = 0; group < Depth / 4; group++, to += Panel)
                {
                    *to = ((int*)bytes)[group];
                }
                for (int p = 0; p < k; p++)
                {
                    sums[p / DepthBlock * Columns + column] += bytes[p];
                }
            }
        }
    }
}
