namespace SoundSearch.Training.Pictures;

/// <summary>A picture that is to be put into a <see cref="PictureStore"/>: what is known of it, and the file to decode.</summary>
/// <param name="Info">Its path is unique among the sources.</param>
/// <param name="File">A picture or a video.</param>
/// <param name="At">Of a video: second of the frame; null for a picture.</param>
public sealed record PictureSource(PictureInfo Info, string File, double? At = null);
