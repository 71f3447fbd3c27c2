namespace SoundSearch.Training.Pictures;

/// <summary>A picture that is to be put into a <see cref="PictureStore"/>: what is known of it, and the file to decode.</summary>
public sealed record PictureSource(PictureInfo Info, string File);
