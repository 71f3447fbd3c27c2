namespace SoundSearch.Training.Evaluation;

/// <summary>
/// Average precision of a ranking, sum over thresholds of (R_n - R_(n-1)) P_n without interpolation, where clips of equal score
/// enter together, as scikit-learn's average_precision_score has it; its mean over classes is AudioSet's mAP.
/// </summary>
public static class AveragePrecision
{
    /// <summary>0..1; NaN where nothing is relevant.</summary>
    public static double Of(ReadOnlySpan<float> scores, ReadOnlySpan<bool> relevant)
    {
        if (scores.Length != relevant.Length)
        {
            throw new ArgumentException($"{scores.Length} scores, but {relevant.Length} answers.", nameof(relevant));
        }
        float[] keys = scores.ToArray();
        bool[] right = relevant.ToArray();
        int all = right.Count(r => r);
        if (all == 0)
        {
            return double.NaN;
        }
        Array.Sort(keys, right);
        double sum = 0;
        int found = 0, seen = 0;
        for (int i = keys.Length - 1; i >= 0;)
        {
            float threshold = keys[i];
            int before = found;
            for (; i >= 0 && keys[i] == threshold; i--)
            {
                seen++;
                found += right[i] ? 1 : 0;
            }
            sum += (found - before) / (double)all * found / seen;
        }
        return sum;
    }

    /// <summary>Per class; NaN for classes without a clip.</summary>
    /// <param name="scores">[clips, classes].</param>
    /// <param name="carries">Whether a clip carries a class.</param>
    public static double[] PerClass(SimilarityMatrix scores, Func<int, int, bool> carries)
    {
        float[] column = new float[scores.Rows];
        bool[] relevant = new bool[scores.Rows];
        double[] result = new double[scores.Columns];
        for (int c = 0; c < scores.Columns; c++)
        {
            for (int i = 0; i < scores.Rows; i++)
            {
                (column[i], relevant[i]) = (scores[i, c], carries(i, c));
            }
            result[c] = Of(column, relevant);
        }
        return result;
    }

    /// <summary>Mean over the classes that have a clip; NaN if none has.</summary>
    public static double Mean(IEnumerable<double> perClass) => perClass.Where(p => !double.IsNaN(p)).DefaultIfEmpty(double.NaN).Average();
}
