namespace SoundSearch.Training.Captioning;

/// <summary>Something to learn to write from.</summary>
/// <param name="Audio">[audio tokens, audio width], or empty: text alone.</param>
/// <param name="Tags">Possibly none.</param>
/// <param name="Captions">Right ones, at least one.</param>
public sealed record CaptionExample(ReadOnlyMemory<float> Audio, string[] Tags, string[] Captions);
