using System.Numerics.Tensors;

namespace SoundSearch.Engine.Features;

/// <summary>
/// VIP-ANT's evaluation path (AudioTextDatasetSrc.__getitem__ with train=False) at the file's own sample rate: crop rule,
/// minus the mean over all channels, <see cref="KaldiFilterBank"/> of the first channel, at most <see cref="Frames"/> rows, rows
/// of zeros up to that many, then (x + 4.93839311) / 5.75751113: zero rows are louder than average, as in the original.
/// One deviation: a sound below 25 ms, at which the original stops, is all padding. Safe for concurrent callers.
/// </summary>
public sealed class VipAntFeatures : IFeatureExtractor
{
    public const int MelBins = KaldiFilterBank.DefaultBins;

    private const float Mean = -4.93839311f;
    private const float Deviation = 5.75751113f;

    private readonly KaldiFilterBank bank;

    /// <param name="sampleRate">Of the samples: the original never resamples.</param>
    /// <param name="frames">Rows of the result (max_audio_len).</param>
    public VipAntFeatures(int sampleRate, int frames = 1000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        (bank, Frames) = (new KaldiFilterBank(sampleRate), frames);
        WindowSamples = (int)((frames / 100.0 + 0.05) * sampleRate);
    }

    public int SampleRate => bank.SampleRate;

    public int Bins => bank.Bins;

    public int Frames { get; }

    /// <summary>Longer sounds are cropped to so many samples: all frames' time and 50 ms.</summary>
    public int WindowSamples { get; }

    /// <summary>
    /// The crop rule for channels [channels, length] of a sound: the centre; unless its standard deviation, over all
    /// channels, is below half of the whole sound's: then the first part, or the last if the first is quieter than the centre.
    /// </summary>
    /// <returns>Where the crop begins; 0 for a sound that fits.</returns>
    public static int CropStart(ReadOnlySpan<float> channels, int channelCount, int length)
    {
        int total = channels.Length / channelCount;
        if (total <= length)
        {
            return 0;
        }
        int centre = (int)Math.Round((total - length) / 2.0, MidpointRounding.ToEven);
        double loudness = Spread(channels, channelCount, centre, length);
        if (!(loudness < 0.5 * Spread(channels, channelCount, 0, total)))
        {
            return centre;
        }
        return Spread(channels, channelCount, 0, length) < loudness ? total - length : 0;
    }

    /// <summary>features [Frames, Bins] of one window of a single channel; what goes beyond <see cref="WindowSamples"/> is not looked at.</summary>
    public void Extract(ReadOnlySpan<float> samples, Span<float> features) =>
        ExtractWhole(samples[..Math.Min(samples.Length, WindowSamples)], 1, features);

    /// <summary>features [Frames, Bins] of a whole sound [channelCount, length], channel after channel, by the crop rule.</summary>
    public void ExtractWhole(ReadOnlySpan<float> channels, int channelCount, Span<float> features)
    {
        if (channelCount < 1 || channels.Length % channelCount != 0)
        {
            throw new ArgumentException($"{channels.Length} samples are no whole number for each of {channelCount} channels.", nameof(channelCount));
        }
        int total = channels.Length / channelCount, length = Math.Min(total, WindowSamples);
        int start = CropStart(channels, channelCount, WindowSamples);
        double sum = 0;
        for (int c = 0; c < channelCount; c++)
        {
            foreach (float sample in channels.Slice(c * total + start, length))
            {
                sum += sample;
            }
        }
        float[] first = new float[length];
        TensorPrimitives.Subtract(channels.Slice(start, length), (float)(sum / Math.Max(1, (double)channelCount * length)), first);
        int frames = Math.Min(Frames, bank.FrameCount(length));
        features = features[..(Frames * Bins)];
        bank.Compute(first, frames, features);
        features[(frames * Bins)..].Clear();
        TensorPrimitives.Subtract(features, Mean, features);
        TensorPrimitives.Divide(features, Deviation, features);
    }

    // Standard deviation (n - 1) of all channels' samples start .. start + length.
    private static double Spread(ReadOnlySpan<float> channels, int channelCount, int start, int length)
    {
        int total = channels.Length / channelCount;
        double sum = 0, squares = 0, count = (double)channelCount * length;
        for (int c = 0; c < channelCount; c++)
        {
            foreach (float sample in channels.Slice(c * total + start, length))
            {
                sum += sample;
            }
        }
        double mean = sum / count;
        for (int c = 0; c < channelCount; c++)
        {
            foreach (float sample in channels.Slice(c * total + start, length))
            {
                squares += (sample - mean) * (sample - mean);
            }
        }
        return Math.Sqrt(squares / (count - 1));
    }
}
