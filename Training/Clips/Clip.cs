namespace SoundSearch.Training.Clips;

/// <summary>A stretch of a stored sound with its frames.</summary>
/// <param name="Sound">Number in the store of sounds.</param>
/// <param name="FirstRow">Where it begins in the sound's spectrogram.</param>
/// <param name="Rows">Its length.</param>
/// <param name="Pictures">Numbers of its frames in the store of pictures, in their order, as many for every clip: where there are fewer, some come twice.</param>
/// <param name="Labels">Of its file.</param>
public sealed record Clip(int Sound, int FirstRow, int Rows, int[] Pictures, IReadOnlyList<string> Labels);
