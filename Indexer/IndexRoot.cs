namespace SoundSearch.Indexer;

/// <summary>A folder of the library and the part of it to scan.</summary>
/// <param name="Id">Row of the table roots.</param>
/// <param name="Path">The root, absolute.</param>
/// <param name="Scan">The folder asked for: the root or one inside it, absolute.</param>
internal sealed record IndexRoot(long Id, string Path, string Scan);
