using System.Text.Json;

namespace SoundSearch.Training.Recipes;

/// <summary>What a run was and what came of it, as JSON beside its weights.</summary>
/// <param name="Recipe">Name.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Data">What was read, in words.</param>
/// <param name="Figures">Of the weights that were kept, each from 0 to 1.</param>
public sealed record RunCard(string Recipe, ulong Seed, IReadOnlyList<string> Data, IReadOnlyDictionary<string, double> Figures)
{
    public const string FileName = "card.json";

    private static readonly JsonSerializerOptions serializer = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public void Write(string folder) => File.WriteAllText(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, serializer) + "\n");
}
