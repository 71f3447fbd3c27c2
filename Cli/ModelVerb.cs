using System.CommandLine;
using SoundSearch.Engine.Models;

namespace SoundSearch.Cli;

/// <summary>soundsearch model list.</summary>
internal static class ModelVerb
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        var list = new Command("list", "Show the installed models.") { json };
        list.SetAction(parsed => List(parsed.GetValue(json)));
        return new Command("model", "Models that turn sounds and words into vectors.") { list };
    }

    private static int List(bool json)
    {
        var models = ModelLocation.All().Select(folder => (folder, description: ModelFolder.ReadDescription(folder))).ToList();
        if (json)
        {
            Output.Json(models.Select(m => new { m.description.Name, m.description.Version, m.description.Licence, m.folder }));
            return Runner.Done;
        }
        foreach ((string folder, ModelDescription description) in models)
        {
            Console.Out.WriteLine($"{description.Name}  {description.Version}  {description.Licence}  {folder}");
        }
        if (models.Count == 0)
        {
            Console.Error.WriteLine($"soundsearch: no models in {string.Join(" or ", ModelLocation.Places)}.");
        }
        return Runner.Done;
    }
}
