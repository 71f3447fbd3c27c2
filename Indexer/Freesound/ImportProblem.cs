namespace SoundSearch.Indexer.Freesound;

/// <summary>A row that was left out.</summary>
/// <param name="Row">From 1; a line of text files.</param>
/// <param name="Id">Of the sound, where that could be read.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record ImportProblem(long Row, long? Id, string Reason);
