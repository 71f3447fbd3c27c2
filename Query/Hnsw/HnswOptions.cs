namespace SoundSearch.Query.Hnsw;

/// <summary>
/// Parameters of the graph (Malkov and Yashunin 2018, section 4). The first two and the seed are fixed when a graph is
/// built; <see cref="EfSearch"/> is only the default of a search and can be given with each one.
/// </summary>
public sealed record HnswOptions
{
    /// <summary>Links that a new node makes per layer; layer 0 holds up to twice as many. 2 to 512.</summary>
    public int M { get; init; } = 16;

    /// <summary>Candidates kept while a node looks for its neighbours. More is slower to build and finds more.</summary>
    public int EfConstruction { get; init; } = 200;

    /// <summary>Candidates kept while searching. More is slower and finds more.</summary>
    public int EfSearch { get; init; } = 128;

    /// <summary>Decides which nodes stand on the upper layers. The same seed and input give the same file, byte for byte.</summary>
    public ulong Seed { get; init; } = 20180401;

    internal const int MinM = 2;
    internal const int MaxM = 512;
    internal const int MaxEf = 1 << 20;
    internal const int MaxDimensions = 1 << 14;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(M, MinM, nameof(M));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(M, MaxM, nameof(M));
        ArgumentOutOfRangeException.ThrowIfLessThan(EfConstruction, 1, nameof(EfConstruction));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(EfConstruction, MaxEf, nameof(EfConstruction));
        ArgumentOutOfRangeException.ThrowIfLessThan(EfSearch, 1, nameof(EfSearch));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(EfSearch, MaxEf, nameof(EfSearch));
    }
}
