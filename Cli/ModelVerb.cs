using System.CommandLine;
using SoundSearch.Engine.Models;

namespace SoundSearch.Cli;

/// <summary>soundsearch model list, info, add, remove.</summary>
internal static class ModelVerb
{
    public static Command Create() => new("model", "Models that turn sounds and words into vectors.") { List(), Info(), ModelAddVerb.Create(), Remove() };

    private static Command List()
    {
        Option<bool> json = CommonOptions.Json();
        var list = new Command("list", "Show the installed models.") { json };
        list.SetAction(parsed => List(parsed.GetValue(json)));
        return list;
    }

    private static Command Info()
    {
        var model = new Argument<string>("NAME|DIR") { Description = "An installed model, or a model folder." };
        Option<bool> json = CommonOptions.Json();
        var info = new Command("info", "Show what a model is made of.") { model, json };
        info.SetAction(parsed =>
        {
            string folder = ModelLocation.Find(parsed.GetRequiredValue(model));
            ModelReport.Print(folder, ModelFolder.ReadDescription(folder), parsed.GetValue(json));
            return Runner.Done;
        });
        return info;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "A model that was added." };
        var remove = new Command("remove", "Remove a model that was added. Libraries made with it can then be searched by words only.") { name };
        remove.SetAction(parsed =>
        {
            Console.Out.WriteLine($"removed {ModelInstaller.Uninstall(parsed.GetRequiredValue(name))}");
            return Runner.Done;
        });
        return remove;
    }

    private static int List(bool json)
    {
        var models = new List<ModelReport.Summary>();
        foreach (string folder in ModelLocation.All())
        {
            try
            {
                models.Add(ModelReport.Of(folder, ModelFolder.ReadDescription(folder)));
            }
            catch (IOException e)
            {
                // One damaged model must not hide the others.
                Console.Error.WriteLine($"soundsearch: {e.Message}");
            }
        }
        if (json)
        {
            Output.Json(models);
            return Runner.Done;
        }
        foreach (ModelReport.Summary m in models)
        {
            string towers = string.Join("+", new[] { m.Audio is null ? null : "audio", m.Text is null ? null : "text", m.Image is null ? null : "image" }.OfType<string>());
            Console.Out.WriteLine($"{m.Name}  {m.Version}  {towers}  {m.Dimensions}  {m.Licence}  {m.Folder}");
        }
        if (models.Count == 0)
        {
            Console.Error.WriteLine($"soundsearch: no models in {string.Join(" or ", ModelLocation.Places)}.");
        }
        return Runner.Done;
    }
}
