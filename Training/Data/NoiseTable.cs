using System.Numerics.Tensors;
using SoundSearch.Engine.Features;

namespace SoundSearch.Training.Data;

/// <summary>Power mels of some seconds of white noise, so that noise in a sample fluctuates as noise does; tilted, it is pink or brown.</summary>
internal sealed class NoiseTable
{
    private const int Seconds = 10;
    private const int Bins = LogMel.MelBins;

    private readonly float[] rows;
    private readonly float[] means = new float[Bins];
    private readonly float[] octaves = new float[Bins]; // ln(f / 1 kHz) of each bin's centre

    private NoiseTable()
    {
        var random = new SampleRandom(0x6E6F697365, 0);
        float[] samples = new float[Seconds * LogMel.Rate];
        for (int i = 0; i < samples.Length; i++)
        {
            // Twelve uniform numbers are near enough to a normal one.
            double sum = -6;
            for (int j = 0; j < 12; j++)
            {
                sum += random.NextDouble();
            }
            samples[i] = (float)(0.1 * sum);
        }
        rows = new float[LogMel.FrameCount(samples.Length) * Bins];
        LogMel.Power(samples, samples.Length, rows);
        for (int i = 0; i < rows.Length; i++)
        {
            means[i % Bins] += rows[i] / (rows.Length / Bins);
        }
        for (int b = 0; b < Bins; b++)
        {
            double mel = 1127 * Math.Log(1 + 15_000 / 700.0) * (b + 1) / (Bins + 1);
            octaves[b] = (float)Math.Log(700 * (Math.Exp(mel / 1127) - 1) / 1000);
        }
    }

    public static NoiseTable Shared { get; } = new();

    /// <summary>Adds noise whose frames have the mean power level and fall by f^-tilt. gains [128] is scratch.</summary>
    public void Add(double level, double tilt, ulong firstRow, Span<float> gains, Span<float> mix)
    {
        TensorPrimitives.Multiply(octaves, (float)-tilt, gains);
        TensorPrimitives.Exp(gains, gains);
        TensorPrimitives.Multiply(gains, (float)(level / TensorPrimitives.Dot<float>(gains, means)), gains);
        int count = rows.Length / Bins, row = (int)(firstRow % (ulong)count);
        for (int t = 0; t < mix.Length; t += Bins, row = row + 1 == count ? 0 : row + 1)
        {
            Span<float> target = mix.Slice(t, Bins);
            TensorPrimitives.MultiplyAdd(rows.AsSpan(row * Bins, Bins), gains, target, target);
        }
    }
}
