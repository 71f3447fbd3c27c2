namespace SoundSearch.Engine.Features;

/// <summary>
/// CLAP's mel filters (transformers.audio_utils.mel_filter_bank): edges at equal distances in mel between low and high, then
/// triangles that are straight in Hz; all FFT bins up to the Nyquist one are read.
/// </summary>
public sealed class ClapMelBank : MelFilters<double>
{
    /// <param name="bins">Mel bins.</param>
    /// <param name="fftLength">Samples of a frame.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="low">Lower edge of the first filter in Hz.</param>
    /// <param name="high">Upper edge of the last filter in Hz, at most half the sample rate.</param>
    /// <param name="scale">Of the edges. Slaney's filters have equal areas, HTK's equal heights.</param>
    public ClapMelBank(int bins, int fftLength, double sampleRate, double low, double high, MelScale scale)
        : base(Triangles(bins, fftLength, sampleRate, low, high, scale))
    {
    }

    private static double[][] Triangles(int bins, int fftLength, double sampleRate, double low, double high, MelScale scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(fftLength, 2);
        if (!(low >= 0 && low < high && high <= sampleRate / 2))
        {
            throw new ArgumentOutOfRangeException(nameof(high), $"Mel filters from {low} to {high} Hz do not fit below half of {sampleRate} Hz.");
        }
        double melLow = Mel(low, scale), step = (Mel(high, scale) - melLow) / (bins + 1);
        double[] edges = [.. Enumerable.Range(0, bins + 2).Select(i => Hertz(melLow + i * step, scale))];
        double[] Triangle(int bin)
        {
            double left = edges[bin], centre = edges[bin + 1], right = edges[bin + 2], height = scale == MelScale.Slaney ? 2 / (right - left) : 1;
            return [.. Enumerable.Range(0, fftLength / 2 + 1).Select(k => sampleRate * k / fftLength)
                .Select(f => height * Math.Min((f - left) / (centre - left), (right - f) / (right - centre)))];
        }
        return [.. Enumerable.Range(0, bins).Select(Triangle)];
    }

    private static double Mel(double hertz, MelScale scale) =>
        scale == MelScale.Htk ? 2595 * Math.Log10(1 + hertz / 700)
        : hertz < 1000 ? 3 * hertz / 200
        : 15 + 27 * Math.Log(hertz / 1000) / Math.Log(6.4);

    private static double Hertz(double mel, MelScale scale) =>
        scale == MelScale.Htk ? 700 * (Math.Pow(10, mel / 2595) - 1)
        : mel < 15 ? 200 * mel / 3
        : 1000 * Math.Exp(Math.Log(6.4) * (mel - 15) / 27);
}
