using System.Numerics.Tensors;

namespace SoundSearch.Training.Losses;

/// <summary>Weight times the sum over rows of 1 - z . t; a weight of 3 / rows gives the recipes' 3 (1 - cos).</summary>
public static class CosineLoss
{
    /// <summary>z, t [rows, width], both of unit length (see <see cref="Engine.Models.UnitLength"/>); adds to dz [rows, width].</summary>
    public static double Forward(ReadOnlySpan<float> z, ReadOnlySpan<float> t, Span<float> dz, int rows, int width, float weight = 1)
    {
        double loss = 0;
        for (int r = 0; r < rows; r++)
        {
            loss += 1 - TensorPrimitives.Dot(z.Slice(r * width, width), t.Slice(r * width, width));
        }
        Span<float> d = dz[..(rows * width)];
        TensorPrimitives.MultiplyAdd(t[..(rows * width)], -weight, d, d);
        return loss * weight;
    }
}
