using System.Globalization;

namespace SoundSearch.Training.Evaluation.Plots;

/// <summary>One bar for each class, 0..1, in the order given; NaN is left empty.</summary>
public static class BarPlot
{
    private const double Left = 220, Bar = 14, Gap = 6, Length = 360, Top = 44;

    public static string ToSvg(string title, IReadOnlyList<(string Name, double Value)> bars)
    {
        var canvas = new SvgCanvas(Left + Length + 64, Top + bars.Count * (Bar + Gap) + 16);
        canvas.Text(12, 22, title, size: 14);
        for (int i = 0; i < bars.Count; i++)
        {
            double y = Top + i * (Bar + Gap);
            canvas.Text(Left - 8, y + Bar - 3, bars[i].Name, "end");
            canvas.Line(Left, y + Bar, Left + Length, y + Bar);
            if (!double.IsNaN(bars[i].Value))
            {
                canvas.Box(Left, y, Length * Math.Clamp(bars[i].Value, 0, 1), Bar, "#0969da");
                canvas.Text(Left + Length + 8, y + Bar - 3, bars[i].Value.ToString("P0", CultureInfo.InvariantCulture), size: 11);
            }
        }
        return canvas.ToString();
    }
}
