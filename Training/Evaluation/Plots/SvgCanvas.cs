using System.Globalization;
using System.Xml.Linq;

namespace SoundSearch.Training.Evaluation.Plots;

/// <summary>A drawing of lines, boxes and words as SVG, which browsers and papers take as it is.</summary>
internal sealed class SvgCanvas
{
    public const string Ink = "#1b1f24", Faint = "#d0d7de";

    private static readonly XNamespace svg = "http://www.w3.org/2000/svg";
    private readonly XElement root;

    public SvgCanvas(double width, double height)
    {
        root = new XElement(
            svg + "svg", new XAttribute("viewBox", $"0 0 {N(width)} {N(height)}"), new XAttribute("width", N(width)), new XAttribute("height", N(height)),
            new XAttribute("font-family", "sans-serif"), new XAttribute("font-size", 12), new XAttribute("fill", Ink));
        Box(0, 0, width, height, "#ffffff");
    }

    public void Line(double x1, double y1, double x2, double y2, string colour = Faint) => Add(
        "line", ("x1", N(x1)), ("y1", N(y1)), ("x2", N(x2)), ("y2", N(y2)), ("stroke", colour));

    public void Path(IEnumerable<(double X, double Y)> points, string colour) => Add(
        "polyline", ("points", string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))), ("fill", "none"), ("stroke", colour), ("stroke-width", "2"));

    public void Box(double x, double y, double width, double height, string colour, string? tip = null)
    {
        XElement box = Add("rect", ("x", N(x)), ("y", N(y)), ("width", N(width)), ("height", N(height)), ("fill", colour));
        if (tip is not null)
        {
            box.Add(new XElement(svg + "title", tip));
        }
    }

    /// <summary>Words at (x, y): anchor is start, middle or end; turn is in degrees, clockwise, about that point.</summary>
    public void Text(double x, double y, string text, string anchor = "start", double size = 12, double turn = 0, string colour = Ink)
    {
        XElement element = Add("text", ("x", N(x)), ("y", N(y)), ("text-anchor", anchor), ("font-size", N(size)), ("fill", colour));
        element.Value = text;
        if (turn != 0)
        {
            element.Add(new XAttribute("transform", $"rotate({N(turn)} {N(x)} {N(y)})"));
        }
    }

    public override string ToString() => root.ToString(SaveOptions.DisableFormatting);

    private static string N(double value) => Math.Round(value, 2).ToString(CultureInfo.InvariantCulture);

    private XElement Add(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        var element = new XElement(svg + name);
        foreach ((string attribute, string value) in attributes)
        {
            element.Add(new XAttribute(attribute, value));
        }
        root.Add(element);
        return element;
    }
}
