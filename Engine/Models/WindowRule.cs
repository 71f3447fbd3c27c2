namespace SoundSearch.Engine.Models;

/// <summary>How a long sound is cut.</summary>
/// <param name="Seconds">Length of a window.</param>
/// <param name="Overlap">Part of a window that the next one hears again, 0 to below 1.</param>
public sealed record WindowRule(double Seconds, double Overlap);
