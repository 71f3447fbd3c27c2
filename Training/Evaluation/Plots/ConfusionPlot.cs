using System.Globalization;

namespace SoundSearch.Training.Evaluation.Plots;

/// <summary>What each class was taken for: rows are the clips' own classes, columns the answers, shades the share of a row.</summary>
public static class ConfusionPlot
{
    private const double Left = 180, Top = 150, Right = 80, Cell = 20;

    public static string ToSvg(string title, Classification figures)
    {
        int n = figures.Classes.Count;
        var canvas = new SvgCanvas(Left + n * Cell + Right, Top + n * Cell + 24);
        canvas.Text(12, 22, title, size: 14);
        for (int actual = 0; actual < n; actual++)
        {
            int all = Enumerable.Range(0, n).Sum(given => figures[actual, given]);
            canvas.Text(Left - 8, Top + actual * Cell + 14, figures.Classes[actual], "end", 11);
            canvas.Text(Left + actual * Cell + 14, Top - 8, figures.Classes[actual], size: 11, turn: -60);
            for (int given = 0; given < n; given++)
            {
                int count = figures[actual, given];
                double share = all == 0 ? 0 : count / (double)all;
                canvas.Box(
                    Left + given * Cell, Top + actual * Cell, Cell - 1, Cell - 1, Shade(share),
                    $"{figures.Classes[actual]} as {figures.Classes[given]}: {count} of {all}");
                if (count > 0)
                {
                    canvas.Text(
                        Left + given * Cell + Cell / 2, Top + actual * Cell + 14, count.ToString(CultureInfo.InvariantCulture), "middle", 10,
                        colour: share > 0.5 ? "#ffffff" : SvgCanvas.Ink);
                }
            }
        }
        return canvas.ToString();
    }

    // From nearly white to deep blue.
    private static string Shade(double share)
    {
        int Mix(int light, int deep) => (int)Math.Round(light + (deep - light) * share);
        return $"#{Mix(0xf6, 0x05):x2}{Mix(0xf8, 0x50):x2}{Mix(0xfa, 0xae):x2}";
    }
}
