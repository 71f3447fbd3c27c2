using Microsoft.Data.Sqlite;
using SoundSearch.Query.Filters;
using SoundSearch.Query.Ranking;
using SoundSearch.Query.Store;

namespace SoundSearch.Query;

/// <summary>One search in one state of the database: filter, rank by sound and by words, merge, describe the hits.</summary>
internal sealed class LibrarySearch
{
    // Ranks beyond these add next to nothing to a merged score: 1 / (60 + 200) is a quarter of the first.
    private const int MergedDepth = 200;

    private readonly SqliteConnection connection;
    private readonly VectorRanking vectors;
    private readonly Dictionary<long, string> roots;
    private readonly FilterSql? filter;
    private readonly List<string> notes;

    public LibrarySearch(SqliteConnection connection, string directory, VectorRanking vectors, SearchFilter? filter, IEnumerable<string> notes)
    {
        this.connection = connection;
        this.vectors = vectors;
        roots = LibraryReader.Roots(connection, directory);
        this.filter = filter is null ? null : new FilterSql(filter, roots);
        this.notes = [.. notes];
    }

    /// <param name="question">Unit vector; null to search by words only.</param>
    /// <param name="text">null to search by sound only.</param>
    /// <param name="k">Hits wanted.</param>
    /// <param name="except">File to leave out.</param>
    /// <param name="cancellation">Asked once in a while.</param>
    public SearchResult Run(float[]? question, string? text, int k, long? except, CancellationToken cancellation)
    {
        int depth = text is not null && question is not null ? Math.Max(MergedDepth, 2 * k) : k + 1;
        var places = new Dictionary<long, Neighbour>();
        List<Neighbour> near = [];
        bool exact = true;
        long generation = LibrarySchema.ReadCounter(connection, "generation");
        if (question is not null)
        {
            VectorRanking.Answer answer = vectors.Rank(connection, question, filter, depth, cancellation);
            (near, exact, generation) = (answer.Files, answer.Exact, answer.Generation);
            notes.AddRange(answer.Notes);
            foreach (Neighbour neighbour in near)
            {
                places[neighbour.File] = neighbour;
            }
        }
        cancellation.ThrowIfCancellationRequested();
        List<WordMatch> words = text is null ? [] : WordRanking.Rank(connection, text, filter, depth);
        IEnumerable<(long File, double Score)> ranked = (question, text) switch
        {
            (not null, null) => near.Select(n => (n.File, (double)n.Cosine)),
            (null, _) => words.Select(w => (w.File, Share(w, words[0]))),
            _ => ReciprocalRank.Merge(near, words, depth),
        };
        var hits = new List<SearchHit>(Math.Min(k, 1000));
        foreach ((long file, double score) in ranked)
        {
            if (hits.Count == k)
            {
                break;
            }
            // A file may have been removed since the snapshot of vectors was taken.
            if (file != except && LibraryReader.Hit(connection, roots, file, score) is { } hit)
            {
                hits.Add(question is null ? hit : Place(hit, file, question, places));
            }
        }
        return new SearchResult(Ordered(hits), notes, exact, generation);
    }

    // Ids follow the order in which sounds were finished, which threads decide; paths do not.
    private static List<SearchHit> Ordered(List<SearchHit> hits) =>
        [.. hits.OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Path, StringComparer.Ordinal).Select((hit, index) => hit with { Rank = index + 1 })];

    // Falls down the list as BM25 does, and is at most the share of the words found.
    private static double Share(WordMatch match, WordMatch best) => best.Score > 0 ? best.Coverage * match.Score / best.Score : 0;

    private SearchHit Place(SearchHit hit, long file, float[] question, Dictionary<long, Neighbour> places)
    {
        (long segment, float cosine) = places.TryGetValue(file, out Neighbour neighbour)
            ? (neighbour.Segment, neighbour.Cosine)
            : LibraryReader.Nearest(connection, file, question) ?? (0, float.NaN);
        hit = float.IsNaN(cosine) ? hit : hit with { Cosine = Math.Clamp(cosine, -1, 1) };
        return LibraryReader.Place(connection, segment) is var (start, end) ? hit with { Start = start, End = end } : hit;
    }
}
