using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SoundSearch.Engine.Features;

/// <summary>
/// The front end of the AudioSet tagger mn04 (EfficientAT) and of the model <c>pocket</c>, for 32 kHz mono:
/// y[n] = x[n+1] - 0.97 x[n]; frames every 320 samples, centred with reflected ends; symmetric Hann window of 800 in the
/// middle of an FFT of 1024; power; 128 Kaldi mel filters from 0 to 15,000 Hz; (ln(mel + 1e-5) + 4.5) / 5.
/// Features are frames-major [frames, 128]. Immutable: safe for concurrent callers.
/// </summary>
public sealed class LogMel : IFeatureExtractor
{
    /// <summary>Sample rate in Hz.</summary>
    public const int Rate = 32_000;

    /// <summary>Mel bins.</summary>
    public const int MelBins = 128;

    /// <summary>Samples between frames.</summary>
    public const int Hop = 320;

    /// <summary>Added to a power before its logarithm.</summary>
    public const float Floor = 1e-5f;

    private const int FftLength = 1024;
    private const int WindowLength = 800;
    private const int Reach = WindowLength / 2; // samples that the first frame reads before the sound, and the last one after it
    private const float Preemphasis = 0.97f;

    private static readonly Fft<float> Transform = new(FftLength);
    private static readonly KaldiMelBank Bank = new(MelBins, FftLength, Rate, 0, 15_000);
    private static readonly float[] Window = [.. Enumerable.Range(0, WindowLength).Select(i => (float)(0.5 - 0.5 * Math.Cos(2 * Math.PI * i / (WindowLength - 1))))];

    /// <param name="frames">Frames of a full window; 400 are 4 s.</param>
    public LogMel(int frames = 400)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 4);
        Frames = frames;
    }

    public int SampleRate => Rate;

    public int Bins => MelBins;

    public int Frames { get; }

    /// <summary>Samples of a full window.</summary>
    public int WindowSamples => Frames * Hop;

    /// <summary>Frames that <see cref="Power"/> makes of so many samples.</summary>
    public static int FrameCount(int samples) => (samples - 1) / Hop + 1;

    /// <summary>(ln(power + 1e-5) + 4.5) / 5, elementwise; features may be power.</summary>
    public static void Normalise(ReadOnlySpan<float> power, Span<float> features)
    {
        features = features[..power.Length];
        TensorPrimitives.Add(power, Floor, features);
        TensorPrimitives.Log(features, features);
        TensorPrimitives.Add(features, 4.5f, features);
        TensorPrimitives.Multiply(features, 0.2f, features);
    }

    /// <summary>features [Frames, 128] of the first <see cref="WindowSamples"/> samples; a shorter sound is followed by silence.</summary>
    public void Extract(ReadOnlySpan<float> samples, Span<float> features)
    {
        Span<float> window = features[..(Frames * MelBins)];
        Power(samples[..Math.Min(samples.Length, WindowSamples)], WindowSamples, window);
        Normalise(window, window);
    }

    /// <summary>
    /// Power mels [FrameCount(length), 128], before any logarithm, of samples followed by silence up to length samples.
    /// </summary>
    /// <exception cref="ArgumentException">length is below 1,024 (the reflected ends need that many) or below the samples.</exception>
    public static unsafe void Power(ReadOnlySpan<float> samples, int length, Span<float> power)
    {
        if (length < FftLength || length < samples.Length)
        {
            throw new ArgumentException($"A length of {length} samples must be {FftLength} or more and hold all {samples.Length} samples.", nameof(length));
        }
        int frames = FrameCount(length);
        power = power[..(frames * MelBins)];
        int padded = Math.Max((frames - 1) * Hop + WindowLength, Reach + length - 1 + Reach);
        float[] signal = ArrayPool<float>.Shared.Rent(padded);
        float[] scratch = ArrayPool<float>.Shared.Rent((FftLength + FftLength / 2 + 1 + MelBins + 1) * Lanes.Count);
        Emphasise(samples, length, signal);
        fixed (float* start = scratch)
        {
            // Vectors that straddle cache lines cost a fifth of the time: begin at a multiple of 32 bytes.
            var aligned = (Vector256<float>*)(((nint)start + 31) & ~31);
            var work = new Span<Vector256<float>>(aligned, FftLength);
            var bins = new Span<Vector256<float>>(aligned + FftLength, FftLength / 2 + 1);
            var mel = new Span<Vector256<float>>(aligned + FftLength + FftLength / 2 + 1, MelBins);
            for (int frame = 0; frame < frames; frame += Lanes.Count)
            {
                int count = Math.Min(Lanes.Count, frames - frame);
                Span<float> rows = power.Slice(frame * MelBins, count * MelBins);
                // Short sounds are padded; the power of silence is 0.
                if (MemoryMarshal.Cast<float, int>(signal.AsSpan(frame * Hop, (count - 1) * Hop + WindowLength)).IndexOfAnyExcept(0) < 0)
                {
                    rows.Clear();
                    continue;
                }
                Load(signal.AsSpan(frame * Hop), count, work);
                Transform.Power(work, bins);
                Bank.Apply(bins, mel);
                Store(mel, count, rows);
            }
        }
        ArrayPool<float>.Shared.Return(scratch);
        ArrayPool<float>.Shared.Return(signal);
    }

    // y of length - 1 values at Reach, with Reach reflected values on either side (the edge itself is not repeated).
    private static void Emphasise(ReadOnlySpan<float> x, int length, Span<float> signal)
    {
        int count = length - 1, sounding = Math.Max(0, Math.Min(x.Length - 1, count));
        Span<float> y = signal.Slice(Reach, count);
        y[sounding..].Clear();
        if (sounding > 0)
        {
            TensorPrimitives.Multiply(x[..sounding], -Preemphasis, y);
            TensorPrimitives.Add(y[..sounding], x.Slice(1, sounding), y);
        }
        if (x.Length > 0 && x.Length <= count)
        {
            y[x.Length - 1] = -Preemphasis * x[^1];
        }
        for (int i = 1; i <= Reach; i++)
        {
            signal[Reach - i] = y[i];
            signal[Reach + count - 1 + i] = y[count - 1 - i];
        }
    }

    // Frame by frame into the lanes, windowed; the first and last 112 samples of the FFT frame are zero.
    private static void Load(ReadOnlySpan<float> signal, int count, Span<Vector256<float>> work)
    {
        const int Offset = (FftLength - WindowLength) / 2;
        work[..Offset].Clear();
        work[(Offset + WindowLength)..].Clear();
        if (count == Lanes.Count && Lanes.AreFast)
        {
            for (int i = 0; i < WindowLength; i += Lanes.Count)
            {
                Lanes.Load(signal[i..], Hop, Vector256.Create<float>(Window.AsSpan(i)), work.Slice(Offset + i, Lanes.Count));
            }
            return;
        }
        if (count < Lanes.Count)
        {
            work.Clear();
        }
        Span<float> target = MemoryMarshal.Cast<Vector256<float>, float>(work.Slice(Offset, WindowLength));
        for (int lane = 0; lane < count; lane++)
        {
            ReadOnlySpan<float> frame = signal.Slice(lane * Hop, WindowLength);
            float[] window = Window;
            int to = lane;
            for (int i = 0; i < frame.Length; i++, to += Lanes.Count)
            {
                target[to] = frame[i] * window[i];
            }
        }
    }

    // Lane by lane into rows [count, 128].
    private static void Store(ReadOnlySpan<Vector256<float>> mel, int count, Span<float> rows)
    {
        if (count == Lanes.Count && Lanes.AreFast)
        {
            for (int bin = 0; bin < MelBins; bin += Lanes.Count)
            {
                Lanes.Store(mel.Slice(bin, Lanes.Count), rows[bin..], MelBins);
            }
            return;
        }
        ReadOnlySpan<float> lanes = MemoryMarshal.Cast<Vector256<float>, float>(mel);
        for (int lane = 0; lane < count; lane++)
        {
            for (int bin = 0; bin < MelBins; bin++)
            {
                rows[lane * MelBins + bin] = lanes[bin * Lanes.Count + lane];
            }
        }
    }
}
