using System.Globalization;
using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Training.Recipes;

/// <summary>The figures of all finished runs in a folder: for each recipe mean and standard deviation over its seeds.</summary>
public sealed class RunTable
{
    private const string ChanceRow = "chance";

    private RunTable(IReadOnlyList<RecipeFigures> recipes, IReadOnlyList<string> problems) => (Recipes, Problems) = (recipes, problems);

    /// <summary>By name.</summary>
    public IReadOnlyList<RecipeFigures> Recipes { get; }

    /// <summary>What is wrong with the cards that could not be read.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Reads the cards of the folder's runs; a run without one is not at its end, and is left out.</summary>
    /// <exception cref="IOException">There is no such folder.</exception>
    public static RunTable Read(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"{folder} does not exist: name the folder that 'soundsearch train RECIPE' had as --out.");
        }
        List<RunCard> cards = [];
        List<string> problems = [];
        foreach (string card in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(run => Path.Combine(run, RunCard.FileName)).Where(File.Exists))
        {
            try
            {
                cards.Add(RunCard.Read(card));
            }
            catch (FileFormatException e)
            {
                problems.Add(e.Message);
            }
        }
        return new RunTable([.. cards.GroupBy(c => c.Recipe, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => RecipeFigures.Of(g.Key, [.. g]))], problems);
    }

    /// <summary>A table for all recipes that have figures in common: a row for each, in percent, and one for chance where the cards know it.</summary>
    /// <param name="figures">Names of those to show, in this order; empty: all.</param>
    public string ToMarkdown(IReadOnlyList<string> figures)
    {
        var text = new StringBuilder();
        foreach (List<RecipeFigures> group in Groups())
        {
            string[] known = [.. group.SelectMany(r => r.Figures.Keys).Distinct()], columns = figures.Count == 0 ? known : [.. figures.Where(known.Contains)];
            if (columns.Length == 0)
            {
                continue;
            }
            text.Append(text.Length > 0 ? "\n" : "");
            Row(text, ["recipe", .. columns, "runs", "time of a run"]);
            Row(text, ["---", .. Enumerable.Repeat("---:", columns.Length + 2)]);
            foreach (RecipeFigures recipe in group)
            {
                Row(text, [recipe.Recipe, .. columns.Select(c => recipe.Figures.TryGetValue(c, out FigureSpread? figure) ? figure.ToString() : ""), $"{recipe.Seeds.Count}", Minutes(recipe.Seconds)]);
            }
            Dictionary<string, double> chance = group.SelectMany(r => r.Chance).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Average(c => c.Value));
            if (columns.Any(chance.ContainsKey))
            {
                Row(text, [ChanceRow, .. columns.Select(c => chance.TryGetValue(c, out double share) ? FigureSpread.Percent(share) : ""), "", ""]);
            }
        }
        return text.ToString();
    }

    /// <summary>Recipes that share a figure, or share one with a third, belong together.</summary>
    private List<List<RecipeFigures>> Groups()
    {
        List<List<RecipeFigures>> groups = [];
        foreach (RecipeFigures recipe in Recipes)
        {
            List<List<RecipeFigures>> near = groups.FindAll(g => g.Any(other => other.Figures.Keys.Any(recipe.Figures.ContainsKey)));
            List<RecipeFigures> joined = [.. near.SelectMany(g => g), recipe];
            groups.RemoveAll(near.Contains);
            groups.Add(joined);
        }
        return groups;
    }

    private static void Row(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    private static string Minutes(double seconds) => seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min") : "";
}
