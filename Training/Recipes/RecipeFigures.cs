namespace SoundSearch.Training.Recipes;

/// <summary>A recipe's runs with several seeds.</summary>
/// <param name="Recipe">Name.</param>
/// <param name="Seeds">Of the runs, rising.</param>
/// <param name="Seconds">Of training, on average.</param>
/// <param name="Figures">By name, in the order of the cards.</param>
/// <param name="Chance">By name.</param>
public sealed record RecipeFigures(string Recipe, IReadOnlyList<ulong> Seeds, double Seconds, IReadOnlyDictionary<string, FigureSpread> Figures, IReadOnlyDictionary<string, double> Chance)
{
    /// <param name="recipe">Name.</param>
    /// <param name="cards">Its runs', at least one.</param>
    internal static RecipeFigures Of(string recipe, IReadOnlyList<RunCard> cards) => new(
        recipe,
        [.. cards.Select(c => c.Seed).Order()],
        cards.Average(c => c.Seconds),
        cards.SelectMany(c => c.Figures).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => FigureSpread.Of([.. g.Select(f => f.Value)])),
        cards.SelectMany(c => c.Chance).GroupBy(f => f.Key).ToDictionary(g => g.Key, g => g.Average(f => f.Value)));
}
