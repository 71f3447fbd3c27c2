using Microsoft.Data.Sqlite;
using SoundSearch.Query.Store;

namespace SoundSearch.Query.Ranking;

/// <summary>
/// Ranks files by the words of their names, folders, descriptions and tags: BM25 (Robertson and Zaragoza 2009) as SQLite's
/// FTS5 computes it, asked word by word and added up here. That tells which words a file has, which one query of all words
/// would not, and lets every word weigh log(1 + (N - n + 0.5) / (n + 0.5)), which unlike FTS5's own weight stays useful in
/// small libraries, where a word may be in more than half of the names.
/// </summary>
internal static class WordRanking
{
    /// <summary>More words than this in one question are left out.</summary>
    public const int MaxTerms = 24;

    // A file that has one word of several common ones, and is beyond this place for it, gets nothing for that word.
    private const int MaxFilesPerTerm = 5_000;

    // Weights of name, folders, description and tags.
    private const string Bm25 = "bm25(words, 4.0, 2.0, 2.0, 3.0)";

    /// <param name="connection">In a read transaction.</param>
    /// <param name="question">Any text; nothing in it is syntax.</param>
    /// <param name="filter">SQL that gives the allowed file ids, with its parameters; null to allow all.</param>
    /// <param name="limit">Most matches wanted.</param>
    /// <returns>Best first.</returns>
    public static List<WordMatch> Rank(SqliteConnection connection, string question, FilterSql? filter, int limit)
    {
        IReadOnlyList<string> terms = SoundWords.Terms(question, MaxTerms);
        var sums = new Dictionary<long, (double Score, double Weight)>();
        double total = 0;
        // Every row of words has one row of this table, and counting it touches the fewest pages.
        long count = terms.Count == 0 ? 0 : connection.ScalarInt64("SELECT count(*) FROM words_docsize");
        foreach (string term in terms)
        {
            // In quotes everything is text; SoundWords leaves no quotes in a term.
            string match = $"\"{term}\"";
            long hits = connection.ScalarInt64("SELECT count(*) FROM words WHERE words MATCH $p0", match);
            double weight = Math.Log(1 + ((count - hits + 0.5) / (hits + 0.5)));
            total += weight;
            if (hits == 0)
            {
                continue;
            }
            double own = Math.Max(Math.Log((count - hits + 0.5) / (hits + 0.5)), 1e-6); // FTS5's weight, to divide it out
            string allowed = filter is null ? "" : $"AND rowid IN ({filter.Sql}) ";
            using SqliteCommand command = connection.Prepare(
                $"SELECT rowid, {Bm25} FROM words WHERE words MATCH $p0 {allowed}ORDER BY 2, 1 LIMIT {MaxFilesPerTerm}", match);
            filter?.AddTo(command);
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                long file = reader.GetInt64(0);
                (double score, double weights) = sums.GetValueOrDefault(file);
                sums[file] = (score + (-reader.GetDouble(1) / own * weight), weights + weight);
            }
        }
        List<WordMatch> matches = [.. sums.Select(sum => new WordMatch(sum.Key, sum.Value.Score, Math.Min(1, sum.Value.Weight / total)))];
        matches.Sort((a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.File.CompareTo(b.File));
        return matches.Count > limit ? matches.GetRange(0, limit) : matches;
    }
}
