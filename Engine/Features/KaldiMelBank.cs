namespace SoundSearch.Engine.Features;

/// <summary>
/// Kaldi's mel filters (torchaudio.compliance.kaldi.get_mel_banks): triangles that are straight in the mel domain,
/// mel(f) = 1127 ln(1 + f/700), with equal distances between low and high; the Nyquist bin of the FFT is not used.
/// </summary>
public sealed class KaldiMelBank : MelFilters<float>
{
    /// <param name="bins">Mel bins.</param>
    /// <param name="fftLength">Samples of the padded frame; filters read FFT bins 0 .. fftLength/2 - 1.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="low">Lower edge of the first filter in Hz.</param>
    /// <param name="high">Upper edge of the last filter in Hz, at most half the sample rate.</param>
    public KaldiMelBank(int bins, int fftLength, double sampleRate, double low, double high)
        : base(Triangles(bins, fftLength, sampleRate, low, high))
    {
    }

    private static double[][] Triangles(int bins, int fftLength, double sampleRate, double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(fftLength, 2);
        if (!(low >= 0 && low < high && high <= sampleRate / 2))
        {
            throw new ArgumentOutOfRangeException(nameof(high), $"Mel filters from {low} to {high} Hz do not fit below half of {sampleRate} Hz.");
        }
        double melLow = Mel(low), step = (Mel(high) - melLow) / (bins + 1);
        double[] mels = [.. Enumerable.Range(0, fftLength / 2).Select(k => Mel(sampleRate / fftLength * k))];
        double[] Triangle(int bin)
        {
            double left = melLow + bin * step, centre = left + step, right = centre + step;
            return [.. mels.Select(mel => Math.Min((mel - left) / (centre - left), (right - mel) / (right - centre)))];
        }
        return [.. Enumerable.Range(0, bins).Select(Triangle)];
    }

    private static double Mel(double hertz) => 1127 * Math.Log(1 + hertz / 700);
}
