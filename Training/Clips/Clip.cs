namespace SoundSearch.Training.Clips;

/// <summary>A stretch of a stored sound with its frames.</summary>
/// <param name="Name">Unique: its file's, with the first second where the file has several clips.</param>
/// <param name="Sound">Number in the store of sounds.</param>
/// <param name="FirstRow">Where it begins in the sound's spectrogram.</param>
/// <param name="Rows">Its length.</param>
/// <param name="Pictures">Numbers of its frames in the store of pictures, in their order, as many for every clip: where there are fewer, some come twice. Empty if nobody asked for frames.</param>
/// <param name="File">What is known of its file.</param>
public sealed record Clip(string Name, int Sound, int FirstRow, int Rows, int[] Pictures, ClipFile File);
