namespace SoundSearch.Indexer.Freesound;

/// <summary>How far an import is.</summary>
/// <param name="Rows">Read.</param>
/// <param name="Imported">Written.</param>
/// <param name="Bytes">Of the dump, read.</param>
/// <param name="Length">Of the dump.</param>
public readonly record struct ImportProgress(long Rows, long Imported, long Bytes, long Length);
