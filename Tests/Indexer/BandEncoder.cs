using System.Numerics.Tensors;
using SoundSearch.Engine;

namespace SoundSearch.Tests.Indexer;

/// <summary>
/// A small honest encoder: the energy of a window in 16 narrow bands (Goertzel's algorithm) and in its three thirds. Sounds made
/// by <see cref="Tones"/> in different bands are far apart. Deterministic; counts its calls.
/// </summary>
internal class BandEncoder : IAudioEncoder
{
    public const int Bands = 16;
    public const string Fingerprint = "bands-1";
    private int windows;

    public int Dimensions => Bands + 3;

    public int SampleRate => 8000;

    public int WindowSamples => 8000;

    /// <summary>Windows encoded so far.</summary>
    public int Windows => Volatile.Read(ref windows);

    /// <summary>Centre of a band in Hz.</summary>
    public static double Frequency(int band) => Math.Round(150 * Math.Pow(2, band / 4.0));

    public virtual void Encode(IReadOnlyList<ReadOnlyMemory<float>> windows, Span<float> embeddings)
    {
        Interlocked.Add(ref this.windows, windows.Count);
        for (int i = 0; i < windows.Count; i++)
        {
            ReadOnlySpan<float> samples = windows[i].Span;
            Span<float> embedding = embeddings.Slice(i * Dimensions, Dimensions);
            for (int band = 0; band < Bands; band++)
            {
                embedding[band] = (float)Math.Sqrt(Energy(samples, Frequency(band)));
            }
            for (int third = 0; third < 3; third++)
            {
                ReadOnlySpan<float> part = samples[(samples.Length * third / 3)..(samples.Length * (third + 1) / 3)];
                embedding[Bands + third] = 1e-3f + (0.02f * MathF.Sqrt(part.IsEmpty ? 0 : TensorPrimitives.SumOfSquares(part) / part.Length));
            }
            TensorPrimitives.Divide(embedding, TensorPrimitives.Norm<float>(embedding), embedding);
        }
    }

    private double Energy(ReadOnlySpan<float> samples, double frequency)
    {
        double coefficient = 2 * Math.Cos(2 * Math.PI * frequency / SampleRate);
        double s1 = 0, s2 = 0;
        foreach (float sample in samples)
        {
            (s1, s2) = (sample + (coefficient * s1) - s2, s1);
        }
        return Math.Max(0, ((s1 * s1) + (s2 * s2) - (coefficient * s1 * s2)) / ((double)samples.Length * samples.Length));
    }
}
