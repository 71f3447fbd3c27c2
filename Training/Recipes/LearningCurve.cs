using System.Globalization;
using SoundSearch.Training.Data;
using SoundSearch.Training.Evaluation.Plots;
using SoundSearch.Training.Run;

namespace SoundSearch.Training.Recipes;

/// <summary>A run's log as drawings beside it: the loss, and the figures of its validations.</summary>
public static class LearningCurve
{
    public const string LossName = "loss.svg", FiguresName = "figures.svg";

    private const int MostCurves = 6; // that can be told apart

    /// <param name="folder">Of the run.</param>
    /// <param name="title">Above the drawings.</param>
    /// <param name="figures">Columns of the log that are shares, the most telling first.</param>
    public static void Write(string folder, string title, IReadOnlyList<string> figures)
    {
        var log = CsvTable.Read(Path.Combine(folder, TrainingLoop.LogName));
        Draw(LossName, "loss", ["loss"], null);
        Draw(FiguresName, "share", [.. figures.Take(MostCurves)], 1);

        void Draw(string file, string axis, string[] columns, double? most)
        {
            var plot = new LinePlot(title, "samples", axis) { Most = most, Curves = [.. columns.Select(c => (c, Points(c))).Where(c => c.Item2.Count > 0)] };
            if (plot.Curves.Count > 0)
            {
                File.WriteAllText(Path.Combine(folder, file), plot.ToSvg());
            }
        }

        IReadOnlyList<(double X, double Y)> Points(string column) =>
            [.. Enumerable.Range(0, log.Count).Where(row => log[row, column].Length > 0).Select(row => (Number(log[row, "samples"]), Number(log[row, column])))];
    }

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);
}
