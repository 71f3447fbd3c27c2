using System.CommandLine;
using SoundSearch.Training.Recipes;

namespace SoundSearch.Cli;

/// <summary>soundsearch train table: the figures of all runs in a folder.</summary>
internal static class TrainTableVerb
{
    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "The --out of the recipes." };
        var figures = new Option<string?>("--figures") { Description = "Only these figures, in this order.", HelpName = "NAME,NAME" };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("table", "Print each recipe's figures, mean and standard deviation over its seeds, as Markdown.") { folder, figures, json };
        command.SetAction(parsed =>
        {
            var table = RunTable.Read(parsed.GetRequiredValue(folder).FullName);
            foreach (string problem in table.Problems)
            {
                Console.Error.WriteLine($"soundsearch: {problem}");
            }
            string[] names = parsed.GetValue(figures)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (names.FirstOrDefault(n => table.Recipes.Count > 0 && !table.Recipes.Any(r => r.Figures.ContainsKey(n))) is { } unknown)
            {
                throw new UsageException($"no run has the figure '{unknown}'; there are {string.Join(", ", table.Recipes.SelectMany(r => r.Figures.Keys).Distinct())}.");
            }
            if (parsed.GetValue(json))
            {
                Output.Json(new { table.Recipes, table.Problems });
            }
            else
            {
                Console.Out.Write(table.ToMarkdown(names));
            }
            if (table.Recipes.Count == 0)
            {
                throw new IOException($"{parsed.GetRequiredValue(folder).FullName} holds no finished run with a card that can be read: name the folder that 'soundsearch train RECIPE' had as --out, and run it to its end.");
            }
            return Runner.Done;
        });
        return command;
    }
}
