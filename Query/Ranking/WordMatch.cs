namespace SoundSearch.Query.Ranking;

/// <summary>A file with words of a question.</summary>
/// <param name="File">Its id.</param>
/// <param name="Score">BM25, greater is better.</param>
/// <param name="Coverage">Share of the question's words that it has, each weighing as much as it is rare; in (0, 1].</param>
internal readonly record struct WordMatch(long File, double Score, double Coverage);
