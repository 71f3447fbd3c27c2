using System.Numerics;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>Overlapping mel filters: each mel bin is a weighted sum of consecutive bins of a power spectrum.</summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class MelFilters<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int[] first;   // per mel bin: its first FFT bin
    private readonly T[][] weights; // per mel bin: weights of consecutive FFT bins, possibly none

    /// <param name="triangles">[Bins][FftBins]; what is not positive is taken for zero.</param>
    private protected MelFilters(double[][] triangles)
    {
        (Bins, FftBins) = (triangles.Length, triangles[0].Length);
        first = [.. triangles.Select(row => Math.Max(0, Array.FindIndex(row, w => w > 0)))];
        weights = [.. triangles.Select(row => row.Where(w => w > 0).Select(T.CreateTruncating).ToArray())];
    }

    /// <summary>Mel bins.</summary>
    public int Bins { get; }

    /// <summary>FFT bins read.</summary>
    public int FftBins { get; }

    /// <summary>The weights that are not zero, by mel bin and then by FFT bin.</summary>
    public IEnumerable<(int Bin, int FftBin, T Weight)> Weights =>
        from bin in Enumerable.Range(0, Bins)
        from i in Enumerable.Range(0, weights[bin].Length)
        select (bin, first[bin] + i, weights[bin][i]);

    /// <summary>A frame in each lane: mel [Bins] = filters times power [FftBins or more].</summary>
    public void Apply(ReadOnlySpan<Vector256<T>> power, Span<Vector256<T>> mel)
    {
        for (int bin = 0; bin < first.Length; bin++)
        {
            T[] row = weights[bin];
            ReadOnlySpan<Vector256<T>> p = power.Slice(first[bin], row.Length);
            Vector256<T> sum = Vector256<T>.Zero;
            for (int i = 0; i < row.Length; i++)
            {
                sum += p[i] * Vector256.Create(row[i]);
            }
            mel[bin] = sum;
        }
    }
}
