using System.Numerics.Tensors;
using SoundSearch.Engine.Models;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Pocket;

/// <summary>
/// Finds the offset that <see cref="QueryEncoder"/> takes from questions. What a sound z has in common with a bank of texts E is
/// b(z) = T ln mean exp(z.E / T) (querybank normalisation, Bogolin et al. 2022, in its inverted softmax form, with the 527 names
/// of the tagger's labels as the bank). A search by q.z - b(z) needs b of every sound; but b is nearly linear in z (R2 0.98 on
/// the pack with pocket 2), and with b(z) = g.z + constant the score is (q - g).z: the question alone is changed.
/// </summary>
public static class QueryBank
{
    /// <summary>T: at half of it the bank's nearest text decides alone, at twice it b is no more than a mean.</summary>
    private const double Temperature = 0.1;

    /// <summary>Of the fit, as a share of the mean variance: keeps g short, so that cosines stay of use.</summary>
    private const double Ridge = 0.01;

    private const int MaxSounds = 4096;

    /// <summary>g [embedding] for a trained tower, from the middles of at most 4,096 sounds.</summary>
    /// <param name="tower">With batch norm's running statistics as in use.</param>
    /// <param name="stores">What was trained on.</param>
    /// <param name="include">The sounds that may be heard.</param>
    /// <param name="bank">Unit vectors [texts, embedding].</param>
    /// <param name="cancellation">Asked before each sound.</param>
    public static float[] Offset(AudioTower tower, IReadOnlyList<MelStore> stores, Func<MelEntry, bool> include, float[] bank, CancellationToken cancellation)
    {
        AudioTowerShape shape = tower.Shape;
        (MelStore Store, int Index)[] sounds = [.. stores.SelectMany(s => Enumerable.Range(0, s.Entries.Count).Where(i => include(s.Entries[i])).Select(i => (s, i)))];
        int count = Math.Min(sounds.Length, MaxSounds);
        float[] vectors = new float[count * shape.Embedding];
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, count, options, () => (new AudioTowerBuffers(tower, 1, shape.Frames, training: false), new float[shape.Frames * shape.Bins]), (n, _, own) =>
        {
            (AudioTowerBuffers buffers, float[] window) = own;
            (MelStore store, int index) = sounds[(int)((long)n * sounds.Length / count)];
            store.Features(index, Math.Max(0, (store.Entries[index].Frames - shape.Frames) / 2), window);
            tower.Forward(window, 1, shape.Frames, buffers);
            UnitLength.Forward(buffers.Embeddings.Span, vectors.AsSpan(n * shape.Embedding, shape.Embedding), 1, shape.Embedding);
            return own;
        }, _ => { });
        return Offset(vectors, bank, shape.Embedding);
    }

    /// <summary>g by ridge regression of b on the sounds.</summary>
    /// <param name="sounds">Unit vectors [sounds, width].</param>
    /// <param name="bank">Unit vectors [texts, width].</param>
    /// <param name="width">Length of a vector.</param>
    public static float[] Offset(ReadOnlySpan<float> sounds, ReadOnlySpan<float> bank, int width)
    {
        int count = sounds.Length / width;
        double[] common = new double[count], mean = new double[width];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> z = sounds.Slice(i * width, width);
            common[i] = Common(z, bank);
            for (int d = 0; d < width; d++)
            {
                mean[d] += z[d] / (double)count;
            }
        }
        double middle = common.Average();
        double[,] covariance = new double[width, width];
        double[] target = new double[width], centred = new double[width];
        for (int i = 0; i < count; i++)
        {
            for (int d = 0; d < width; d++)
            {
                centred[d] = sounds[i * width + d] - mean[d];
                target[d] += centred[d] * (common[i] - middle);
            }
            for (int d = 0; d < width; d++)
            {
                for (int e = 0; e <= d; e++)
                {
                    covariance[d, e] += centred[d] * centred[e];
                }
            }
        }
        double ridge = Ridge * Enumerable.Range(0, width).Average(d => covariance[d, d]);
        for (int d = 0; d < width; d++)
        {
            covariance[d, d] += Math.Max(ridge, double.Epsilon);
        }
        return Solve(covariance, target);
    }

    /// <summary>b(z) = T ln mean exp(z.E / T).</summary>
    public static double Common(ReadOnlySpan<float> sound, ReadOnlySpan<float> bank)
    {
        int texts = bank.Length / sound.Length;
        double sum = 0;
        for (int t = 0; t < texts; t++)
        {
            sum += Math.Exp(TensorPrimitives.Dot(sound, bank.Slice(t * sound.Length, sound.Length)) / Temperature);
        }
        return Temperature * Math.Log(sum / texts);
    }

    /// <summary>Cholesky's method for a symmetric positive matrix, of which the lower half is read and overwritten.</summary>
    private static float[] Solve(double[,] a, double[] b)
    {
        int n = b.Length;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                {
                    sum -= a[i, k] * a[j, k];
                }
                a[i, j] = i == j ? Math.Sqrt(sum) : sum / a[j, j];
            }
            for (int k = 0; k < i; k++)
            {
                b[i] -= a[i, k] * b[k];
            }
            b[i] /= a[i, i];
        }
        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                b[i] -= a[k, i] * b[k];
            }
            b[i] /= a[i, i];
        }
        return Array.ConvertAll(b, v => (float)v);
    }
}
