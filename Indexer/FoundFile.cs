namespace SoundSearch.Indexer;

/// <summary>A sound file on the disk.</summary>
/// <param name="Root">Id of its root.</param>
/// <param name="Relative">Path below the root, separated by /.</param>
/// <param name="FullPath">Absolute path.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Modified">UTC, in ticks of 100 ns since the year 1.</param>
internal sealed record FoundFile(long Root, string Relative, string FullPath, long Size, long Modified)
{
    public string Name => Path.GetFileName(FullPath);
}
