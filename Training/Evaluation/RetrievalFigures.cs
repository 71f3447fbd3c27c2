using System.Globalization;

namespace SoundSearch.Training.Evaluation;

/// <summary>
/// One direction of retrieval. Recall@k is the share of queries with a right answer among the first k; ranks are those of the
/// best right answer and count from 1; the median is the lower one, as VIP-ANT's code has it. MapAt10 is DCASE's mAP@10: per
/// query the precisions at the right answers within the first ten, over min(10, right answers). PrecisionAt5 is the share of
/// right answers in the first five, which VIP-ANT's log calls "t5" of A->T. All shares are 0..1.
/// </summary>
public sealed record RetrievalFigures(
    int Queries, int Candidates, double R1, double R5, double R10, double R50, double MedianRank, double MeanRank, double MapAt10, double PrecisionAt5)
{
    /// <param name="scores">A row per query, a column per candidate.</param>
    /// <param name="right">Whether a candidate answers a query; each query needs at least one.</param>
    /// <exception cref="ArgumentException">A query has no right answer.</exception>
    public static RetrievalFigures Measure(SimilarityMatrix scores, Func<int, int, bool> right)
    {
        const int Deep = 10, Short = 5;
        int[] ranks = new int[scores.Rows];
        double map = 0, precision = 0;
        for (int q = 0; q < scores.Rows; q++)
        {
            int[] order = scores.Ranked(q);
            int answers = 0, first = -1;
            double sum = 0;
            for (int place = 0; place < order.Length; place++)
            {
                if (!right(q, order[place]))
                {
                    continue;
                }
                answers++;
                first = first < 0 ? place : first;
                sum += place < Deep ? answers / (place + 1.0) : 0;
                precision += place < Short ? 1.0 / Short : 0;
            }
            if (answers == 0)
            {
                throw new ArgumentException($"Query {q} has no right answer among {scores.Columns} candidates.", nameof(right));
            }
            ranks[q] = first;
            map += sum / Math.Min(Deep, answers);
        }
        double Recall(int k) => ranks.Count(r => r < k) / (double)ranks.Length;
        int[] sorted = [.. ranks.Order()];
        return new RetrievalFigures(
            scores.Rows, scores.Columns, Recall(1), Recall(5), Recall(10), Recall(50),
            sorted[(sorted.Length - 1) / 2] + 1, ranks.Average() + 1, map / ranks.Length, precision / ranks.Length);
    }

    /// <summary>Recall at 1, 2, ... most, for a curve.</summary>
    public static double[] RecallCurve(SimilarityMatrix scores, Func<int, int, bool> right, int most)
    {
        int length = Math.Min(most, scores.Columns);
        double[] curve = new double[length];
        for (int q = 0; q < scores.Rows; q++)
        {
            int place = Array.FindIndex(scores.Ranked(q), c => right(q, c));
            for (int k = Math.Max(place, 0); place >= 0 && k < length; k++)
            {
                curve[k] += 1.0 / scores.Rows;
            }
        }
        return curve;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"R@1 {R1:P1}, R@5 {R5:P1}, R@10 {R10:P1}, R@50 {R50:P1}, median rank {MedianRank:0}, mean rank {MeanRank:0.0}, mAP@10 {MapAt10:P1} ({Queries:N0} queries, {Candidates:N0} candidates)");
}
