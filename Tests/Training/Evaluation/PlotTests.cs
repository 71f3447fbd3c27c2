using System.Xml.Linq;
using SoundSearch.Training.Evaluation;
using SoundSearch.Training.Evaluation.Plots;

namespace SoundSearch.Tests.Training.Evaluation;

public class PlotTests
{
    private static readonly XNamespace svg = "http://www.w3.org/2000/svg";

    [Test]
    public void A_curve_rises_on_paper_where_its_values_rise()
    {
        string text = new LinePlot("recall", "k", "R@k") { Most = 1, Curves = [("a", [(1, 0.1), (2, 0.5), (3, 1)])] }.ToSvg();
        double[][] points = [.. XDocument.Parse(text).Descendants(svg + "polyline").Single().Attribute("points")!.Value
            .Split(' ').Select(p => p.Split(',').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        Assert.Multiple(() =>
        {
            Assert.That(points.Select(p => p[0]), Is.Ordered.Ascending);
            Assert.That(points.Select(p => p[1]), Is.Ordered.Descending); // SVG's y points down
        });
    }

    [Test]
    public void Bars_are_as_long_as_their_values_and_absent_ones_are_left_out()
    {
        XElement[] boxes = [.. XDocument.Parse(BarPlot.ToSvg("accuracy", [("half", 0.5), ("none", double.NaN), ("all", 1)])).Descendants(svg + "rect").Skip(1)];
        double[] lengths = [.. boxes.Select(b => double.Parse(b.Attribute("width")!.Value, System.Globalization.CultureInfo.InvariantCulture))];
        Assert.That(lengths, Is.EqualTo(new double[] { 180, 360 }));
    }

    [Test]
    public void Names_with_markup_stay_names()
    {
        Classification figures = Classification.Measure(new SimilarityMatrix([1, 0, 0, 1], 2, 2), [0, 1], ["<b>&\"", "b"]);
        string text = ConfusionPlot.ToSvg("R&B <x>", figures);
        Assert.That(XDocument.Parse(text).Descendants(svg + "text").Select(t => t.Value), Does.Contain("<b>&\"").And.Contain("R&B <x>"));
    }

    [Test]
    public void A_plot_without_points_says_so()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new LinePlot("t", "x", "y") { Curves = [("a", [(1, double.NaN)])] }.ToSvg(), Throws.InvalidOperationException);
            Assert.That(() => new LinePlot("t", "x", "y") { Logarithmic = true, Curves = [("a", [(0, 1)])] }.ToSvg(), Throws.InvalidOperationException);
        });
    }
}
