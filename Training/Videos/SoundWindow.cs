using System.Numerics.Tensors;
using SoundSearch.Engine.Features;
using SoundSearch.Training.Data;

namespace SoundSearch.Training.Videos;

/// <summary>A window of a stored sound as an audio tower reads it, plain or changed by chance.</summary>
internal static class SoundWindow
{
    private const int Bins = LogMel.MelBins;
    private const double LowestGain = -12, HighestGain = 6; // dB
    private const double StartAligned = 0.4; // of short sounds, as at inference

    /// <summary>The sound's first frames, followed by silence where it is over: features [frames, 128], normalised.</summary>
    public static void Plain(ReadOnlySpan<Half> rows, Span<float> features) => MelStore.Features(rows, features);

    /// <summary>A window at a random place, louder or softer, with one band of bins and one stretch of frames masked.</summary>
    public static void Augmented(ReadOnlySpan<Half> rows, SpectrogramMasks masks, SampleRandom random, Span<float> features)
    {
        int frames = features.Length / Bins, length = rows.Length / Bins, spare = length - frames;
        int first = spare > 0 ? random.Below(spare + 1) : 0;
        int place = spare < 0 && !random.Chance(StartAligned) ? random.Below(1 - spare) : 0;
        Write(rows, first, place, MathF.Pow(10, random.Uniform(LowestGain, HighestGain) / 10), features);
        // 0 is about the mean of normalised features.
        int band = random.Below(masks.Bins + 1), bin = random.Below(Bins - band + 1);
        for (int t = 0; t < frames; t++)
        {
            features.Slice(t * Bins + bin, band).Clear();
        }
        int stretch = random.Below((int)(masks.Frames * frames) + 1), from = random.Below(frames - stretch + 1);
        features.Slice(from * Bins, stretch * Bins).Clear();
    }

    private static void Write(ReadOnlySpan<Half> rows, int first, int place, float gain, Span<float> features)
    {
        features.Clear();
        int count = Math.Min(rows.Length - first * Bins, features.Length - place * Bins);
        Span<float> sounding = features.Slice(place * Bins, count);
        TensorPrimitives.ConvertToSingle(rows.Slice(first * Bins, count), sounding);
        TensorPrimitives.Exp(sounding, sounding);
        TensorPrimitives.Multiply(sounding, gain, sounding);
        LogMel.Normalise(features, features);
    }
}
