namespace SoundSearch.Indexer;

/// <summary>A window of a sound and its vector.</summary>
/// <param name="Start">In seconds.</param>
/// <param name="End">In seconds.</param>
/// <param name="Embedding">Unit length.</param>
public readonly record struct EncodedSegment(double Start, double End, float[] Embedding);
