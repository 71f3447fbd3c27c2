using Microsoft.Data.Sqlite;
using SoundSearch.Query.Exact;

namespace SoundSearch.Query.Ranking;

/// <summary>Ranks files by their vectors: exactly, or with the neighbour graph where the library is large and the graph is fresh.</summary>
internal sealed class VectorRanking(string directory, int dimensions) : IDisposable
{
    private readonly VectorLoader loader = new(dimensions);

    /// <param name="connection">In a read transaction.</param>
    /// <param name="question">Unit length.</param>
    /// <param name="allowed">Ids of the files that may be found; null for all.</param>
    /// <param name="depth">Files wanted.</param>
    /// <param name="cancellation">Asked once in a while.</param>
    public Answer Rank(SqliteConnection connection, float[] question, List<long>? allowed, int depth, CancellationToken cancellation)
    {
        VectorRows rows = loader.Get(connection, needVectors: true);
        RowFilter? filter = allowed is null ? null : new RowFilter(rows, allowed);
        var files = new List<Neighbour>();
        foreach ((float score, long row) in ExactSearch.Files(rows, question, filter, depth, cancellation))
        {
            files.Add(new Neighbour(rows.FileAt(rows.OrdinalOfRow((int)row)), rows.SegmentAt((int)row), score));
        }
        string[] notes = rows.Damaged == 0 ? [] : [$"{rows.Damaged} vectors are damaged and were left out: run 'soundsearch verify'."];
        return new Answer(files, notes, Exact: true, rows.Generation);
    }

    public CacheState State(SqliteConnection connection) => connection is null || directory.Length == 0 ? CacheState.Missing : CacheState.NotNeeded;

    public void Dispose()
    {
    }

    internal readonly record struct Answer(List<Neighbour> Files, IReadOnlyList<string> Notes, bool Exact, long Generation);
}
