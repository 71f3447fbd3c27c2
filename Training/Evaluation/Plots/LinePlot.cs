using System.Globalization;

namespace SoundSearch.Training.Evaluation.Plots;

/// <summary>Curves over one horizontal axis: recall over k, loss over steps, figures over the number of pairs.</summary>
public sealed record LinePlot(string Title, string XAxis, string YAxis)
{
    private const double Width = 640, Height = 400, Left = 64, Right = 24, Top = 40, Bottom = 52;
    private static readonly string[] colours = ["#0969da", "#cf222e", "#1a7f37", "#8250df", "#bf8700", "#57606a"];

    /// <summary>Steps of ten are equally far apart, as few-shot curves want it.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>End of the vertical axis; null: the largest value.</summary>
    public double? Most { get; init; }

    /// <summary>One curve each: name and points in rising order of x.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> Curves { get; init; } = [];

    /// <exception cref="InvalidOperationException">No curve has a point, or a logarithmic axis a point at 0 or below.</exception>
    public string ToSvg()
    {
        (double X, double Y)[] all = [.. Curves.SelectMany(c => c.Points).Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y))];
        if (all.Length == 0 || (Logarithmic && all.Any(p => p.X <= 0)))
        {
            throw new InvalidOperationException($"'{Title}' has no points that could be drawn.");
        }
        double Across(double x) => Logarithmic ? Math.Log10(x) : x;
        double x0 = all.Min(p => Across(p.X)), x1 = Math.Max(all.Max(p => Across(p.X)), x0 + 1e-9), y0 = Math.Min(0, all.Min(p => p.Y)), y1 = Math.Max(Most ?? all.Max(p => p.Y), y0 + 1e-9);
        double X(double x) => Left + (Across(x) - x0) / (x1 - x0) * (Width - Left - Right);
        double Y(double y) => Height - Bottom - (y - y0) / (y1 - y0) * (Height - Top - Bottom);

        var canvas = new SvgCanvas(Width, Height);
        canvas.Text(Width / 2, 22, Title, "middle", 14);
        canvas.Text(Width / 2, Height - 12, XAxis, "middle");
        canvas.Text(16, Height / 2, YAxis, "middle", turn: -90);
        for (int i = 0; i <= 5; i++)
        {
            double y = y0 + (y1 - y0) * i / 5, across = x0 + (x1 - x0) * i / 5, x = Logarithmic ? Math.Pow(10, across) : across;
            canvas.Line(Left, Y(y), Width - Right, Y(y));
            canvas.Text(Left - 8, Y(y) + 4, Short(y), "end", 11);
            canvas.Text(X(x), Height - Bottom + 18, Short(x), "middle", 11);
        }
        for (int i = 0; i < Curves.Count; i++)
        {
            string colour = colours[i % colours.Length];
            canvas.Path(Curves[i].Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).Select(p => (X(p.X), Y(p.Y))), colour);
            canvas.Text(Width - Right - 4, Top + 14 + 16 * i, Curves[i].Name, "end", colour: colour);
        }
        return canvas.ToString();
    }

    private static string Short(double value) => value.ToString(Math.Abs(value) >= 1000 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}
