namespace SoundSearch.Training.Pictures;

/// <summary>A picture in a <see cref="PictureStore"/>.</summary>
/// <param name="Info">What is known of it.</param>
/// <param name="Crc">CRC-32C of its pixels.</param>
public sealed record PictureEntry(PictureInfo Info, uint Crc);
