using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>
/// Kaldi's log-mel filter bank as torchaudio.compliance.kaldi.fbank computes it with VIP-ANT's settings: frames of 25 ms
/// every 10 ms, only whole ones; each frame minus its mean; pre-emphasis 0.97 with the first sample repeated; symmetric
/// Hann window; zero-padded to a power of two; power spectrum; mel filters from 20 Hz to half the sample rate;
/// natural logarithm of at least 1.1920929e-7. No dither. Immutable: safe for concurrent callers.
/// </summary>
public sealed class KaldiFilterBank
{
    public const int DefaultBins = 128;

    private const float Preemphasis = 0.97f;
    private const float SmallestPower = 1.1920929e-7f; // float32's epsilon

    private readonly Fft<float> fft;
    private readonly KaldiMelBank mel;
    private readonly float[] window;

    /// <param name="sampleRate">In Hz, any from 400 on.</param>
    /// <param name="bins">Mel bins.</param>
    public KaldiFilterBank(int sampleRate, int bins = DefaultBins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 400);
        SampleRate = sampleRate;
        // Kaldi truncates: 22,050 Hz have 551 samples every 220.
        (FrameLength, Hop) = ((int)(sampleRate * 25.0 * 0.001), (int)(sampleRate * 10.0 * 0.001));
        fft = new Fft<float>((int)BitOperations.RoundUpToPowerOf2((uint)FrameLength));
        mel = new KaldiMelBank(bins, fft.Length, sampleRate, 20, sampleRate / 2.0);
        window = [.. Enumerable.Range(0, FrameLength).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (FrameLength - 1))))];
    }

    public int SampleRate { get; }

    /// <summary>Mel bins.</summary>
    public int Bins => mel.Bins;

    /// <summary>Samples in a frame, before padding.</summary>
    public int FrameLength { get; }

    /// <summary>Samples between frames.</summary>
    public int Hop { get; }

    /// <summary>Samples in a padded frame.</summary>
    public int FftLength => fft.Length;

    /// <summary>The filters' weights.</summary>
    public KaldiMelBank Filters => mel;

    /// <summary>Whole frames in so many samples; none below 25 ms.</summary>
    public int FrameCount(int samples) => samples < FrameLength ? 0 : (samples - FrameLength) / Hop + 1;

    /// <summary>features [frames, Bins] of the first frames; frames may be fewer than the samples have.</summary>
    public void Compute(ReadOnlySpan<float> samples, int frames, Span<float> features)
    {
        if (frames < 0 || frames > FrameCount(samples.Length))
        {
            throw new ArgumentOutOfRangeException(nameof(frames), frames, $"{samples.Length} samples have {FrameCount(samples.Length)} frames.");
        }
        features = features[..(frames * Bins)];
        Vector256<float>[] work = ArrayPool<Vector256<float>>.Shared.Rent(fft.Length);
        Vector256<float>[] power = ArrayPool<Vector256<float>>.Shared.Rent(fft.Length / 2 + 1 + Bins);
        Span<Vector256<float>> sums = power.AsSpan(fft.Length / 2 + 1, Bins);
        for (int first = 0; first < frames; first += Fft<float>.Lanes)
        {
            int count = Math.Min(Fft<float>.Lanes, frames - first);
            work.AsSpan(0, fft.Length).Clear();
            Span<float> lanes = MemoryMarshal.Cast<Vector256<float>, float>(work.AsSpan(0, FrameLength));
            for (int lane = 0; lane < count; lane++)
            {
                Load(samples.Slice((first + lane) * Hop, FrameLength), lanes[lane..]);
            }
            fft.Power(work, power);
            mel.Apply(power, sums);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<Vector256<float>, float>(sums);
            for (int lane = 0; lane < count; lane++)
            {
                for (int bin = 0; bin < Bins; bin++)
                {
                    features[(first + lane) * Bins + bin] = Math.Max(values[bin * Fft<float>.Lanes + lane], SmallestPower);
                }
            }
        }
        TensorPrimitives.Log(features, features);
        ArrayPool<Vector256<float>>.Shared.Return(work);
        ArrayPool<Vector256<float>>.Shared.Return(power);
    }

    private void Load(ReadOnlySpan<float> frame, Span<float> lane)
    {
        double sum = 0;
        foreach (float sample in frame)
        {
            sum += sample;
        }
        float mean = (float)(sum / frame.Length), last = frame[0] - mean;
        for (int i = 0; i < frame.Length; i++)
        {
            float sample = frame[i] - mean;
            lane[i * Fft<float>.Lanes] = (sample - Preemphasis * last) * window[i];
            last = sample;
        }
    }
}
