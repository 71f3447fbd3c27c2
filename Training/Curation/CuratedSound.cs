namespace SoundSearch.Training.Curation;

/// <summary>A training sound that is to get texts.</summary>
/// <param name="Path">As lists name it.</param>
/// <param name="Texts">Its own.</param>
/// <param name="Labels">Words for its classes; together they are one text.</param>
/// <param name="Pictures">Numbers of its frames.</param>
public sealed record CuratedSound(string Path, IReadOnlyList<string> Texts, IReadOnlyList<string> Labels, int[] Pictures);
