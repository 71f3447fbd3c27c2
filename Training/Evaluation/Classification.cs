namespace SoundSearch.Training.Evaluation;

/// <summary>One label per clip, the best scored class as the answer; of equal scores the earlier class.</summary>
public sealed class Classification
{
    private readonly int[,] confusion;

    private Classification(IReadOnlyList<string> classes, int[,] confusion) => (Classes, this.confusion) = (classes, confusion);

    public IReadOnlyList<string> Classes { get; }

    /// <summary>Clips of a class (row) that were given another (column).</summary>
    public int this[int actual, int given] => confusion[actual, given];

    public int Clips => confusion.Cast<int>().Sum();

    /// <summary>Share of clips that were given their own class, 0..1.</summary>
    public double Accuracy => Enumerable.Range(0, Classes.Count).Sum(c => confusion[c, c]) / (double)Clips;

    /// <summary>The same for one class; NaN where it has no clip.</summary>
    public double AccuracyOf(int actual)
    {
        int all = Enumerable.Range(0, Classes.Count).Sum(given => confusion[actual, given]);
        return all == 0 ? double.NaN : confusion[actual, actual] / (double)all;
    }

    /// <param name="scores">[clips, classes].</param>
    /// <param name="answers">Class of each clip.</param>
    /// <param name="classes">Names.</param>
    /// <exception cref="ArgumentException">Numbers of clips or classes differ.</exception>
    public static Classification Measure(SimilarityMatrix scores, IReadOnlyList<int> answers, IReadOnlyList<string> classes)
    {
        if (answers.Count != scores.Rows || classes.Count != scores.Columns || answers.Any(a => a < 0 || a >= classes.Count))
        {
            throw new ArgumentException($"{scores.Rows} clips and {scores.Columns} classes were scored; {answers.Count} answers among {classes.Count} classes were given.", nameof(answers));
        }
        int[,] confusion = new int[classes.Count, classes.Count];
        for (int i = 0; i < scores.Rows; i++)
        {
            confusion[answers[i], scores.Ranked(i)[0]]++;
        }
        return new Classification(classes, confusion);
    }

    /// <summary>The same model's figures over several folds, clip by clip.</summary>
    public static Classification Join(IReadOnlyList<Classification> folds)
    {
        IReadOnlyList<string> classes = folds[0].Classes;
        int[,] sum = new int[classes.Count, classes.Count];
        foreach (Classification fold in folds)
        {
            if (!fold.Classes.SequenceEqual(classes))
            {
                throw new ArgumentException("Folds of different classes cannot be joined.", nameof(folds));
            }
            for (int a = 0; a < classes.Count; a++)
            {
                for (int g = 0; g < classes.Count; g++)
                {
                    sum[a, g] += fold[a, g];
                }
            }
        }
        return new Classification(classes, sum);
    }
}
