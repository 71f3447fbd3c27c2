using SoundSearch.Engine.Audio;
using SoundSearch.Query.Store;

namespace SoundSearch.Indexer;

/// <summary>What a worker found out about a file, for the writer.</summary>
/// <param name="File">As the scan found it: a change after that is seen by the next run.</param>
internal abstract record FileResult(FoundFile File)
{
    /// <summary>Decoded and encoded.</summary>
    internal sealed record Encoded(FoundFile File, ContentHash Hash, AudioMetadata Metadata, int SampleRate, int Channels, double Duration,
        IReadOnlyList<(double Start, double End, Half[] Embedding)> Segments) : FileResult(File);

    /// <summary>Cannot be read or decoded.</summary>
    internal sealed record Failed(FoundFile File, ContentHash? Hash, FileStatus Status, string Reason) : FileResult(File);

    /// <summary>Only its date changed.</summary>
    internal sealed record Touched(FoundFile File, long Id) : FileResult(File);

    /// <summary>The file of this id, under a new path.</summary>
    internal sealed record Moved(FoundFile File, long Id) : FileResult(File);

    /// <summary>Another copy of the file of this id.</summary>
    internal sealed record Copied(FoundFile File, long Id) : FileResult(File);
}
