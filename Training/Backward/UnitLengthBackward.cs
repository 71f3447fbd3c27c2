using System.Numerics.Tensors;
using SoundSearch.Engine.Models;

namespace SoundSearch.Training.Backward;

/// <summary>Mirror of <see cref="UnitLength"/>: dx = (dy - y (y . dy)) / |x| for each row.</summary>
public static class UnitLengthBackward
{
    /// <summary>Overwrites dx [rows, width], which may be dy; x is the forward pass's input.</summary>
    public static void Run(ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> dx, int rows, int width)
    {
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<float> xr = x.Slice(r * width, width), dyr = dy.Slice(r * width, width);
            float norm = Math.Max(TensorPrimitives.Norm(xr), UnitLength.Epsilon);
            float along = TensorPrimitives.Dot(xr, dyr) / norm / norm;
            for (int i = 0; i < width; i++)
            {
                dx[r * width + i] = (dyr[i] - along * xr[i]) / norm;
            }
        }
    }
}
