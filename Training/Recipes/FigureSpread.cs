using System.Globalization;

namespace SoundSearch.Training.Recipes;

/// <summary>A figure over several runs.</summary>
/// <param name="Mean">From 0 to 1.</param>
/// <param name="Deviation">Standard deviation with runs - 1 below the line; 0 for a single run.</param>
/// <param name="Runs">That have the figure.</param>
public sealed record FigureSpread(double Mean, double Deviation, int Runs)
{
    internal static FigureSpread Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return new FigureSpread(mean, values.Count < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)), values.Count);
    }

    /// <summary>In percent: "61.2 ± 0.8", of a single run "61.2".</summary>
    public override string ToString() => Runs < 2 ? Percent(Mean) : $"{Percent(Mean)} ± {Percent(Deviation)}";

    internal static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);
}
