using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Evaluation;

/// <summary>What figures come to for a tower that hears nothing: their mean over some draws of vectors at random.</summary>
internal static class ChanceFigures
{
    private const int Draws = 20;

    /// <param name="judge">The figures, as many at each call, of vectors that it gets by asking for so many of a width, [count, width], of unit length.</param>
    public static double[] Mean(Func<Func<int, int, float[]>, double[]> judge)
    {
        var random = new RandomSource(1);
        double[] sum = judge(Vectors);
        for (int draw = 1; draw < Draws; draw++)
        {
            TensorPrimitives.Add<double>(sum, judge(Vectors), sum);
        }
        TensorPrimitives.Divide<double>(sum, Draws, sum);
        return sum;

        float[] Vectors(int count, int width)
        {
            float[] vectors = new float[count * width];
            random.Fill(vectors, 1);
            UnitLength.Forward(vectors, vectors, count, width);
            return vectors;
        }
    }
}
