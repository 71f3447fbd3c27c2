using SoundSearch.Query;
using SoundSearch.Query.Hnsw;

namespace SoundSearch.Indexer;

/// <summary>What to index, where to and how.</summary>
public sealed record IndexOptions
{
    /// <summary>Folders of sounds. One inside another, or inside one that was indexed before, is a part of it.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>The library's folder; made when it does not exist.</summary>
    public required string LibraryDirectory { get; init; }

    public required IndexModel Model { get; init; }

    /// <summary>Threads that decode and encode.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Windows that a thread encodes together, of several short files or of a long one.</summary>
    public int BatchWindows { get; init; } = 16;

    /// <summary>Run the threads at the lowest priority, so that other programs do not notice.</summary>
    public bool IdlePriority { get; init; }

    /// <summary>Try files that could not be decoded again although they did not change.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Commit at least this often: what a crash can cost.</summary>
    public TimeSpan CommitEvery { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Commit at the latest after so many files.</summary>
    public int CommitFiles { get; init; } = 256;

    /// <summary>Build the neighbour graph from so many segments on; below, searches are exact.</summary>
    public int GraphFrom { get; init; } = SoundLibrary.ExactBelow;

    /// <summary>Parameters of the neighbour graph.</summary>
    public HnswOptions Graph { get; init; } = new();
}
