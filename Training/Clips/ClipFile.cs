namespace SoundSearch.Training.Clips;

/// <summary>A sound, with frames or captions, as a folder or its index has it.</summary>
/// <param name="Name">Path of the sound, or the video, below the folder, with forward slashes.</param>
/// <param name="Frames">Paths of the frames in their order, the same way; empty: they are taken from the video.</param>
/// <param name="Labels">What is heard, in any order; empty where nobody says so.</param>
/// <param name="Captions">Sentences about it; empty where there are none.</param>
public sealed record ClipFile(string Name, IReadOnlyList<string> Frames, IReadOnlyList<string> Labels, IReadOnlyList<string> Captions);
