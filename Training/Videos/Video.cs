namespace SoundSearch.Training.Videos;

/// <summary>A sound with frames. Which of them show what is heard is not for the trainer to know, and is kept apart.</summary>
/// <param name="Sound">Number of the sound.</param>
/// <param name="Pictures">Numbers of the frames' pictures.</param>
public sealed record Video(int Sound, int[] Pictures);
