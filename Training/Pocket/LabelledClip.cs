namespace SoundSearch.Training.Pocket;

/// <summary>A held-out sound as the tower wants it: windows [count, frames, bins] of normalised log-mels, and its class.</summary>
public sealed record LabelledClip(string Label, float[] Windows);
