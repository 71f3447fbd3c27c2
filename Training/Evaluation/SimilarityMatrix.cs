using System.Numerics.Tensors;
using SoundSearch.Engine.Kernels;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Evaluation;

/// <summary>Scores of every query (row) with every candidate (column), row-major [Rows, Columns].</summary>
public sealed class SimilarityMatrix
{
    private readonly float[] values;

    /// <exception cref="ArgumentException">Not rows * columns values, or one of them is no number.</exception>
    public SimilarityMatrix(float[] values, int rows, int columns)
    {
        if (rows < 1 || columns < 1 || values.Length != (long)rows * columns)
        {
            throw new ArgumentException($"{rows} x {columns} scores expected, {values.Length} found.", nameof(values));
        }
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        if (bad >= 0)
        {
            throw new ArgumentException($"The score of row {bad / columns} with column {bad % columns} is {values[bad]}.", nameof(values));
        }
        (this.values, Rows, Columns) = (values, rows, columns);
    }

    public int Rows { get; }

    public int Columns { get; }

    public float this[int row, int column] => values[row * Columns + column];

    public ReadOnlySpan<float> Row(int row) => values.AsSpan(row * Columns, Columns);

    /// <summary>Products of rows [n, width] with candidates [m, width]: cosines where both are of unit length.</summary>
    public static SimilarityMatrix Dot(ReadOnlySpan<float> rows, ReadOnlySpan<float> candidates, int width)
    {
        int n = rows.Length / width, m = candidates.Length / width;
        float[] products = new float[n * m];
        Gemm.Multiply(rows, width, false, candidates, width, true, products, m, n, m, width);
        return new SimilarityMatrix(products, n, m);
    }

    /// <summary>The same after scaling every vector to unit length.</summary>
    public static SimilarityMatrix Cosine(ReadOnlySpan<float> rows, ReadOnlySpan<float> candidates, int width)
    {
        float[] a = new float[rows.Length], b = new float[candidates.Length];
        UnitLength.Forward(rows, a, rows.Length / width, width);
        UnitLength.Forward(candidates, b, candidates.Length / width, width);
        return Dot(a, b, width);
    }

    /// <summary>Queries and candidates exchanged.</summary>
    public SimilarityMatrix Transposed()
    {
        float[] turned = new float[values.Length];
        for (int r = 0; r < Rows; r++)
        {
            for (int c = 0; c < Columns; c++)
            {
                turned[c * Rows + r] = this[r, c];
            }
        }
        return new SimilarityMatrix(turned, Columns, Rows);
    }

    /// <summary>Candidates of a row, best first; of equal scores the earlier one, so that figures never depend on the sort.</summary>
    public int[] Ranked(int row)
    {
        int[] order = [.. Enumerable.Range(0, Columns)];
        float[] keys = new float[Columns];
        TensorPrimitives.Negate(Row(row), keys);
        Array.Sort(keys, order); // not stable, hence the pass over runs of equal keys
        for (int from = 0; from < Columns;)
        {
            int to = from + 1;
            while (to < Columns && keys[to] == keys[from])
            {
                to++;
            }
            Array.Sort(order, from, to - from);
            from = to;
        }
        return order;
    }
}
