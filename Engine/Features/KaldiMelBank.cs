using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>
/// Kaldi's mel filters (torchaudio.compliance.kaldi.get_mel_banks): triangles that are straight in the mel domain,
/// mel(f) = 1127 ln(1 + f/700), with equal distances between low and high; the Nyquist bin of the FFT is not used.
/// </summary>
public sealed class KaldiMelBank
{
    private readonly int[] first;      // per mel bin: its first FFT bin
    private readonly float[][] weights; // per mel bin: weights of consecutive FFT bins, possibly none

    /// <param name="bins">Mel bins.</param>
    /// <param name="fftLength">Samples of the padded frame; filters read FFT bins 0 .. fftLength/2 - 1.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="low">Lower edge of the first filter in Hz.</param>
    /// <param name="high">Upper edge of the last filter in Hz, at most half the sample rate.</param>
    public KaldiMelBank(int bins, int fftLength, double sampleRate, double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(fftLength, 2);
        if (!(low >= 0 && low < high && high <= sampleRate / 2))
        {
            throw new ArgumentOutOfRangeException(nameof(high), $"Mel filters from {low} to {high} Hz do not fit below half of {sampleRate} Hz.");
        }
        (Bins, FftBins, first, weights) = (bins, fftLength / 2, new int[bins], new float[bins][]);
        double melLow = Mel(low), step = (Mel(high) - melLow) / (bins + 1);
        for (int bin = 0; bin < bins; bin++)
        {
            double left = melLow + bin * step, centre = left + step, right = centre + step;
            List<float> row = [];
            for (int k = 0; k < FftBins; k++)
            {
                double mel = Mel(sampleRate / fftLength * k);
                double weight = Math.Min((mel - left) / (centre - left), (right - mel) / (right - centre));
                if (weight > 0)
                {
                    first[bin] = row.Count == 0 ? k : first[bin];
                    row.Add((float)weight);
                }
            }
            weights[bin] = [.. row];
        }
    }

    /// <summary>Mel bins.</summary>
    public int Bins { get; }

    /// <summary>FFT bins read.</summary>
    public int FftBins { get; }

    /// <summary>The weights that are not zero, by mel bin and then by FFT bin.</summary>
    public IEnumerable<(int Bin, int FftBin, float Weight)> Weights =>
        from bin in Enumerable.Range(0, Bins)
        from i in Enumerable.Range(0, weights[bin].Length)
        select (bin, first[bin] + i, weights[bin][i]);

    /// <summary>Eight frames at once: mel [Bins] = filters times power [FftBins or more].</summary>
    public void Apply(ReadOnlySpan<Vector256<float>> power, Span<Vector256<float>> mel)
    {
        for (int bin = 0; bin < first.Length; bin++)
        {
            float[] row = weights[bin];
            ReadOnlySpan<Vector256<float>> p = power.Slice(first[bin], row.Length);
            Vector256<float> sum = Vector256<float>.Zero;
            for (int i = 0; i < row.Length; i++)
            {
                sum += p[i] * Vector256.Create(row[i]);
            }
            mel[bin] = sum;
        }
    }

    private static double Mel(double hertz) => 1127 * Math.Log(1 + hertz / 700);
}
