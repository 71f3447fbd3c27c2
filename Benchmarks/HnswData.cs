using System.Numerics.Tensors;

namespace SoundSearch.Benchmarks;

/// <summary>
/// Clustered unit vectors that are hard to search. Clusters have sizes falling as 1 / (rank + 20), so the greatest hold
/// several times what ef does. Their centres lie around 25 super-centres (0.6 of one and 0.8 of a direction of their own), so
/// that clusters have neighbours too. A vector is centre + intrinsic part + noise, normalised: the intrinsic part has
/// normal coefficients over that many random directions of the cluster with a spectrum falling by 0.9 each, of expected
/// length spread; noise is isotropic. With no intrinsic directions the spread is isotropic as well, which is the hardest
/// case: all members of a cluster are almost equally far from each other. Queries come from the same mixture, not from the data.
/// </summary>
public sealed class HnswData
{
    private const int SuperClusters = 25;
    private const int Bank = 256;
    private const float Falling = 0.9f;

    private readonly Random random;
    private readonly int dimensions;
    private readonly int intrinsic;
    private readonly float spread;
    private readonly float noise;
    private readonly float[][] centres;
    private readonly int[][] directions;
    private readonly float[][] bank;
    private readonly double[] cumulative;

    public HnswData(int dimensions, int clusters = 500, int intrinsic = 24, float spread = 0.9f, float noise = 0.4f, int seed = 1)
    {
        random = new Random(seed);
        (this.dimensions, this.intrinsic, this.spread, this.noise) = (dimensions, intrinsic, spread, noise);
        bank = [.. Enumerable.Range(0, Bank).Select(_ => Direction())];
        float[][] supers = [.. Enumerable.Range(0, SuperClusters).Select(_ => Direction())];
        centres = [.. Enumerable.Range(0, clusters).Select(c => Mix(supers[c % SuperClusters]))];
        directions = [.. Enumerable.Range(0, clusters).Select(_ => Enumerable.Range(0, intrinsic).Select(_ => random.Next(Bank)).ToArray())];
        cumulative = new double[clusters];
        double sum = 0;
        for (int c = 0; c < clusters; c++)
        {
            cumulative[c] = sum += 1.0 / (c + 20);
        }
    }

    /// <summary>[count, dimensions], and the cluster of each row.</summary>
    public (float[] Vectors, int[] Clusters) Draw(int count)
    {
        float[] vectors = new float[(long)count * dimensions];
        int[] clusters = new int[count];
        for (int i = 0; i < count; i++)
        {
            double at = random.NextDouble() * cumulative[^1];
            int c = Array.BinarySearch(cumulative, at);
            clusters[i] = c < 0 ? ~c : c;
            Fill(clusters[i], vectors.AsSpan(i * dimensions, dimensions));
        }
        return (vectors, clusters);
    }

    private void Fill(int cluster, Span<float> row)
    {
        float isotropic = intrinsic == 0 ? MathF.Sqrt((spread * spread) + (noise * noise)) : noise;
        for (int d = 0; d < dimensions; d++)
        {
            row[d] = centres[cluster][d] + (isotropic * Normal() / MathF.Sqrt(dimensions));
        }
        float squares = (1 - MathF.Pow(Falling, 2 * intrinsic)) / (1 - (Falling * Falling));
        float deviation = intrinsic == 0 ? 0 : spread / MathF.Sqrt(squares);
        foreach (int direction in directions[cluster])
        {
            TensorPrimitives.MultiplyAdd(bank[direction], deviation * Normal(), row, row);
            deviation *= Falling;
        }
        Normalise(row);
    }

    private float[] Mix(float[] super)
    {
        float[] own = Direction();
        for (int d = 0; d < dimensions; d++)
        {
            own[d] = (0.6f * super[d]) + (0.8f * own[d]);
        }
        Normalise(own);
        return own;
    }

    private float[] Direction()
    {
        float[] v = new float[dimensions];
        for (int d = 0; d < dimensions; d++)
        {
            v[d] = Normal();
        }
        Normalise(v);
        return v;
    }

    private static void Normalise(Span<float> v) => TensorPrimitives.Divide(v, TensorPrimitives.Norm<float>(v), v);

    /// <summary>Box and Muller.</summary>
    private float Normal() =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
