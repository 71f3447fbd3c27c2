namespace SoundSearch.Training.Curation;

/// <summary>A pair of a sound and a text.</summary>
/// <param name="Path">The sound's name in its store, as manifest.csv has it.</param>
/// <param name="Caption">A text for it.</param>
/// <param name="Cosine">Of the caption and the clip's frame that found it; null where none was asked.</param>
public sealed record CaptionLine(string Path, string Caption, double? Cosine = null);
