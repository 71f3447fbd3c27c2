namespace SoundSearch.Training.Data;

/// <summary>A sound that is to be put into a <see cref="MelStore"/>: what is known of it, and the file to decode.</summary>
public sealed record SoundSource(SoundInfo Info, string File);
