namespace SoundSearch.Engine.Models;

/// <summary>
/// How a long sound becomes several vectors, always in the same way: a sound no longer than a window is one window; else
/// windows start every Seconds (1 - Overlap), and the last one ends where the sound ends.
/// </summary>
/// <param name="Seconds">Length of a window, at most the encoder's.</param>
/// <param name="Overlap">Share of a window that the next one covers again, 0 to 0.9.</param>
public sealed record WindowRule(double Seconds, double Overlap = 0.5)
{
    /// <summary>Samples in a window.</summary>
    public int WindowSamples(int sampleRate) => (int)Math.Round(Seconds * sampleRate);

    /// <summary>Samples from the start of a window to the start of the next.</summary>
    public int HopSamples(int sampleRate) => Math.Max(1, (int)Math.Round(Seconds * (1 - Overlap) * sampleRate));
}
