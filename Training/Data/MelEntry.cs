namespace SoundSearch.Training.Data;

/// <summary>A sound in a <see cref="MelStore"/>.</summary>
/// <param name="Info">What is known of it.</param>
/// <param name="Seconds">Length that was decoded.</param>
/// <param name="Frames">Rows of its spectrogram, 100 a second.</param>
/// <param name="Offset">Byte offset of its first row in the file.</param>
/// <param name="Crc">CRC-32C of its rows.</param>
/// <param name="Hash">First 16 hex digits of the SHA-256 of its rows: equal for exact duplicates.</param>
public sealed record MelEntry(SoundInfo Info, double Seconds, int Frames, long Offset, uint Crc, string Hash);
