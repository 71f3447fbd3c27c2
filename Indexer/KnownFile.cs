using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>A file as the library had it when the run began.</summary>
internal sealed class KnownFile(long id, long root, string relative, long size, long modified, ContentHash? hash, FileStatus status, string? reason)
{
    public long Id { get; } = id;

    public long Root { get; } = root;

    public string Relative { get; } = relative;

    public long Size { get; } = size;

    public long Modified { get; } = modified;

    /// <summary>Null when it could not be read.</summary>
    public ContentHash? Hash { get; } = hash;

    public FileStatus Status { get; } = status;

    public string? Reason { get; } = reason;

    /// <summary>The scan found a file at its path, or a moved file took it over: it is not to be removed.</summary>
    public bool Kept { get; set; }
}
