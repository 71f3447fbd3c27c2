namespace SoundSearch.Training.Evaluation;

/// <summary>
/// VIP-ANT's validation of its pre-training: a candidate is right if it carries the same set of labels as the query. Precision@1
/// is the share of queries whose first candidate is right; recall@1 counts that candidate against all right ones.
/// </summary>
public sealed record LabelSetRetrieval(double PrecisionAt1, double RecallAt1)
{
    /// <param name="scores">[queries, candidates].</param>
    /// <param name="queries">Labels of each query, in any order.</param>
    /// <param name="candidates">Labels of each candidate.</param>
    public static LabelSetRetrieval Measure(SimilarityMatrix scores, IReadOnlyList<IReadOnlyCollection<string>> queries, IReadOnlyList<IReadOnlyCollection<string>> candidates)
    {
        if (queries.Count != scores.Rows || candidates.Count != scores.Columns)
        {
            throw new ArgumentException($"{scores.Rows} x {scores.Columns} scores, but labels for {queries.Count} x {candidates.Count}.", nameof(queries));
        }
        static string Key(IReadOnlyCollection<string> labels) => string.Join('\n', labels.Distinct().Order(StringComparer.Ordinal));
        string[] sets = [.. candidates.Select(Key)];
        Dictionary<string, int> sizes = sets.CountBy(s => s).ToDictionary();
        double precision = 0, recall = 0;
        for (int q = 0; q < scores.Rows; q++)
        {
            string wanted = Key(queries[q]);
            if (sets[scores.Ranked(q)[0]] == wanted)
            {
                precision++;
                recall += 1.0 / sizes[wanted];
            }
        }
        return new LabelSetRetrieval(precision / scores.Rows, recall / scores.Rows);
    }
}
