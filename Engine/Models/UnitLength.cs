using System.Numerics.Tensors;

namespace SoundSearch.Engine.Models;

/// <summary>L2 normalisation of embeddings.</summary>
public static class UnitLength
{
    /// <summary>A shorter vector is taken for zero and stays zero (torch.nn.functional.normalize's eps).</summary>
    public const float Epsilon = 1e-12f;

    /// <summary>y = x / |x| for each row of [rows, width]; y may be x.</summary>
    public static void Forward(ReadOnlySpan<float> x, Span<float> y, int rows, int width)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> row = x.Slice(r * width, width);
            TensorPrimitives.Multiply(row, 1 / Math.Max(TensorPrimitives.Norm(row), Epsilon), y.Slice(r * width, width));
        }
    }

    /// <summary>x = (x - centre) / |x - centre| for each row of [rows, centre.Length].</summary>
    public static void Centre(Span<float> x, ReadOnlySpan<float> centre)
    {
        for (int r = 0; r < x.Length; r += centre.Length)
        {
            Span<float> row = x.Slice(r, centre.Length);
            TensorPrimitives.Subtract(row, centre, row);
            Forward(row, row, 1, centre.Length);
        }
    }
}
