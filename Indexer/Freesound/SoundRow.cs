namespace SoundSearch.Indexer.Freesound;

/// <summary>A row of a dump: a sound, or what is wrong with it.</summary>
/// <param name="Number">From 1; a line of text files where rows are lines.</param>
/// <param name="Sound">Null when it cannot be used.</param>
/// <param name="Problem">Null when it can.</param>
public readonly record struct SoundRow(long Number, FreesoundSound? Sound, string? Problem);
