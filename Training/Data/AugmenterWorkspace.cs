using SoundSearch.Engine.Features;

namespace SoundSearch.Training.Data;

/// <summary>An <see cref="Augmenter"/>'s buffers for one thread.</summary>
public sealed class AugmenterWorkspace
{
    /// <summary>Silent bins on either side of a row, for shifts.</summary>
    internal const int Margin = 8;

    private float[] power = [];
    private float[] totals = [];

    internal float[] Row { get; } = new float[LogMel.MelBins + 2 * Margin];

    internal float[] Shifted { get; } = new float[LogMel.MelBins];

    internal float[] Gains { get; } = new float[LogMel.MelBins];

    internal Span<float> Power(int count) => (power = power.Length < count ? new float[count] : power).AsSpan(0, count);

    internal Span<float> Totals(int count) => (totals = totals.Length < count ? new float[count] : totals).AsSpan(0, count);
}
